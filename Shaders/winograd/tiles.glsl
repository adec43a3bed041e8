// Where the tiles of 4×4 outputs lie in pictures [N, height, width, channels]; channels are counted in Values.
layout(push_constant) uniform Push {
  uint sourceOffset;
  uint targetOffset;
  uint count;  // tiles * channels
  uint tiles;
  uint channels;
  uint height;
  uint width;
  uint down;  // Tiles of a picture.
  uint across;
  uint padTop;
  uint padLeft;
};

// A tile's picture, and its first row and column there.
uvec3 tileAt(uint tile) {
  uint row = tile / across;
  uint picture = row / down;
  return uvec3(picture, (row - picture * down) * 4 - padTop, (tile - row * across) * 4 - padLeft);
}
