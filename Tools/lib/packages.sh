# Sourced by the tools: installs the system packages that are missing.
#
#   install_packages core         what building needs
#   install_packages core tests   and what the tests need
#   install_packages core arm64   and what Tools/arm64/check needs
#   install_packages mesa         what Tools/mesa/check needs

# NAME OF GROUP, DEBIAN PACKAGE, HOW TO SEE THAT IT IS THERE
packages='
core  pkg-config               command:pkg-config
core  libvulkan-dev            pkg:vulkan
core  libpng-dev               pkg:libpng
core  libjpeg-dev              pkg:libjpeg
core  zlib1g-dev               pkg:zlib
core  libarchive-dev           pkg:libarchive
core  libfftw3-dev             pkg:fftw3f
tests mesa-vulkan-drivers      file:/usr/share/vulkan/icd.d/lvp_icd*.json
tests vulkan-validationlayers  file:/usr/share/vulkan/explicit_layer.d/VkLayer_khronos_validation.json
tests glslc                    command:glslc
tests spirv-tools              command:spirv-val
tests libdnnl-dev              file:/usr/include/dnnl.h
arm64 libc6-dev-arm64-cross    file:/usr/aarch64-linux-gnu/include/stdio.h
arm64 gcc-aarch64-linux-gnu    file:/usr/lib/gcc-cross/aarch64-linux-gnu/*/libgcc.a
arm64 qemu-user                command:qemu-aarch64
mesa  debootstrap              command:debootstrap
'

is_there() {
  case $1 in
    command:*) command -v "${1#command:}" >/dev/null ;;
    pkg:*) command -v pkg-config >/dev/null && pkg-config --exists "${1#pkg:}" ;;
    # shellcheck disable=SC2086 # The pattern is to be expanded.
    file:*) ls ${1#file:} >/dev/null 2>&1 ;;
  esac
}

missing_packages() {
  for group in "$@"; do
    echo "$packages" | while read -r of package test; do
      [ "$of" = "$group" ] || continue
      is_there "$test" || echo "$package"
    done
  done
}

install_packages() {
  missing=$(missing_packages "$@" | tr '\n' ' ')
  [ -n "$missing" ] || return 0
  if ! command -v apt-get >/dev/null; then
    echo "These packages are missing (Debian's names), please install them: $missing" >&2
    exit 2
  fi
  echo "Installing: $missing"
  as_root=
  if [ "$(id -u)" != 0 ]; then
    command -v sudo >/dev/null || { echo "Neither root nor sudo; please install: $missing" >&2; exit 2; }
    as_root=sudo
  fi
  $as_root apt-get update -qq
  # shellcheck disable=SC2086 # Words.
  $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >/dev/null
  still=$(missing_packages "$@" | tr '\n' ' ')
  [ -z "$still" ] || { echo "Still missing after the installation: $still" >&2; exit 2; }
}
