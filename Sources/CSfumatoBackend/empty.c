// SwiftPM wants a source file; the interface is a header only.
#include "sfumato_backend.h"
