# Sourced by the tools, at the root of the tree: the backends of this tree that are shared libraries.
#
#   make_plugin NAME           builds toy or onednn; others are none of this function's business
#   find_plugins SFUMATO       lets the binary SFUMATO find all of them

make_plugin() {
  case $1 in
    toy) make -s -C Samples/plugins/toy-c >&2 ;;
    onednn) make -s -C Samples/plugins/onednn >&2 ;;
  esac
}

find_plugins() {
  SFUMATO_BACKEND_PATH="$PWD/Samples/plugins/toy-c/libtoy.so:$PWD/Samples/plugins/onednn/libonednn-backend.so"
  SFUMATO_BACKEND_PATH="$SFUMATO_BACKEND_PATH:$(dirname "$(realpath "$1")")/libsfumato-fftw.so"
  export SFUMATO_BACKEND_PATH
}
