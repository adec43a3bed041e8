# Sourced by the tools, at the root of the tree: a minimal root of Debian sid, for its Mesa and for drivers without their hardware.
#
#   make_sid_root ROOT             makes it (about a minute and 1 GB, once); says why and fails where that cannot be
#   install_into ROOT              puts the binary into it, at /opt/sfumato/sfumato: the one that SFUMATO names, else it is built
#   inside ROOT NAME=VALUE… COMMAND…   runs a command in it, with these variables

sid_packages=mesa-vulkan-drivers,mesa-drm-shim,libvulkan1,vulkan-validationlayers,glslc,spirv-tools

make_sid_root() {
  [ "$(id -u)" = 0 ] || { echo "debootstrap and chroot need root"; return 1; }
  (install_packages mesa) >&2 || { echo "debootstrap is missing"; return 1; }
  # What it was made with is noted last, so that a root that was broken off or lacks a package is made anew.
  [ "$(cat "$1/opt/packages" 2>/dev/null)" != "$sid_packages" ] || return 0
  echo "Making a root of Debian sid in $1" >&2
  rm -rf "$1"
  mkdir -p "$1"
  debootstrap --variant=minbase --include="$sid_packages" sid "$1" >"$1.log" 2>&1 ||
    { echo "debootstrap failed: $(tail -1 "$1.log")"; return 1; }
  echo "$sid_packages" >"$1/opt/packages"
}

# The binary goes in with the libraries that it was built with; those of the C library's family are the root's own.
install_into() {
  if [ -z "${SFUMATO:-}" ]; then
    . Tools/lib/swift.sh
    build sfumato
    SFUMATO=.build/release/sfumato
  fi
  rm -rf "$1/opt/sfumato"
  mkdir -p "$1/opt/sfumato"
  cp "$SFUMATO" "$1/opt/sfumato/sfumato"
  ldd "$SFUMATO" | sed -n 's/.* => \(\/[^ ]*\) .*/\1/p' |
    grep -v -E '/(libc|libm|libdl|librt|libpthread|libstdc\+\+|libgcc_s|ld-linux[^/]*)\.so' |
    xargs -I{} cp -L {} "$1/opt/sfumato/"
}

# Swift reads a process's arguments from /proc, which is mounted for the command alone.
inside() {
  inside_root=$1
  shift
  # shellcheck disable=SC2016 # The inner shell expands these.
  unshare --mount sh -c 'root=$1; shift; mount -t proc proc "$root/proc" && exec chroot "$root" "$@"' sh "$inside_root" \
    env LD_LIBRARY_PATH=/opt/sfumato XDG_RUNTIME_DIR=/tmp "$@"
}
