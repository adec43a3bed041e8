// The shape of a workgroup of matmul/wide.glsl.
layout(local_size_x = 8) in;
layout(constant_id = 0) const uint ROWS = 16;
layout(constant_id = 1) const uint COLUMNS = 8;
