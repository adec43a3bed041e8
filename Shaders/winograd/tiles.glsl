// Where the tiles of 4×4 outputs lie in images [N, height, width, channels]; channels are counted in Values.
layout(push_constant) uniform Push {
  uint sourceOffset;
  uint targetOffset;
  uint count;  // tiles * channels
  uint tiles;
  uint channels;
  uint height;
  uint width;
  uint down;  // Tiles of an image.
  uint across;
  uint padTop;
  uint padLeft;
};

// A tile's image, and its first row and column there.
uvec3 tileAt(uint tile) {
  uint row = tile / across;
  uint image = row / down;
  return uvec3(image, (row - image * down) * 4 - padTop, (tile - row * across) * 4 - padLeft);
}
