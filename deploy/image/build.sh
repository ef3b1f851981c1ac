#!/usr/bin/env bash
# Builds the image without a container engine and without a registry: the Dockerfile beside this, by buildah, from bases that
# are made here of Debian's packages and of this machine's Rust and npm. Root, on Debian 12 (amd64 or arm64):
#
#     apt-get install buildah mmdebstrap
#     deploy/image/build.sh [FOLDER]
#
# FOLDER (default: dist/image) gets onecard-gateway.oci.tar, its bill of materials, and figures.json. The image stays in
# buildah's storage as localhost/onecard-gateway too.
set -euo pipefail
cd "$(dirname "$0")/../.."
out=$(realpath -m "${1:-dist/image}")
image=localhost/onecard-gateway:$(sed -n 's/^  "version": "\(.*\)",$/\1/p' package.json)

need() { command -v "$1" >/dev/null || { echo "build.sh: $1 is needed: $2" >&2; exit 2; }; }
need buildah 'apt-get install buildah'
need mmdebstrap 'apt-get install mmdebstrap'
need rustc 'Rust 1.89 or later'
need npm 'Node 20 or later, with npm'
[ "$(id -u)" = 0 ] || { echo 'build.sh: only root may build in a chroot' >&2; exit 2; }
[ -x node_modules/node/bin/node ] || { echo 'build.sh: npm ci comes first: npm is run by the Node of this clone' >&2; exit 2; }
suite=$(. /etc/os-release && echo "${VERSION_CODENAME:-}")
[ "$suite" = bookworm ] || { echo "build.sh: the bases are made of Debian 12's packages; this is not it" >&2; exit 2; }

work=$(mktemp -d /var/tmp/onecard-image.XXXXXX)
# buildah leaves containers of stages that it only copied from, and all of them when it is ended.
clean_up() {
  buildah containers --noheading --format '{{.ContainerID}} {{.ImageName}}' |
    awk '$2 ~ /^localhost\/onecard-base-/ { print $1 }' | xargs --no-run-if-empty buildah rm >/dev/null
  buildah images --noheading --format '{{.Name}}:{{.Tag}}' |
    grep '^localhost/onecard-base-' | xargs --no-run-if-empty buildah rmi >/dev/null || true
  rm -rf "$work"
}
trap clean_up EXIT
mkdir -p "$out"
export BUILDAH_ISOLATION=chroot

# A base as gcr.io/distroless/cc-debian12 is: C and C++ libraries, certificates, accounts; no shell, no package tool.
runtime_base() {
  local root=$work/runtime packages=(base-files netbase tzdata ca-certificates libc6 libgcc-s1 libstdc++6)
  mkdir -p "$work/debs" "$root/var/lib/dpkg/status.d" "$root/etc/ssl/certs" "$root/tmp"
  (cd "$work/debs" && apt-get download -qq -o APT::Sandbox::User=root "${packages[@]}" gcc-12-base)
  local deb name
  for deb in "$work"/debs/*.deb; do
    name=$(dpkg-deb -f "$deb" Package)
    dpkg-deb -x "$deb" "$root"
    { dpkg-deb -f "$deb"; echo; } >"$root/var/lib/dpkg/status.d/$name"
  done
  cat "$root"/usr/share/ca-certificates/mozilla/*.crt >"$root/etc/ssl/certs/ca-certificates.crt"
  rm -rf "$root"/usr/share/{doc,man,locale,lintian} "$root/usr/sbin/update-ca-certificates"
  printf 'root:x:0:0:root:/root:/sbin/nologin\nnonroot:x:65532:65532:nonroot:/home/nonroot:/sbin/nologin\n' >"$root/etc/passwd"
  printf 'root:x:0:\nnonroot:x:65532:\n' >"$root/etc/group"
  chmod 1777 "$root/tmp"
}

# To build in: a C compiler of Debian's. The Rust of this machine is laid over it.
build_base() {
  mmdebstrap --quiet --variant=minbase --include=gcc,libc6-dev,ca-certificates "$suite" "$work/build"
}

node_base() {
  mkdir -p "$work/node/usr/local/bin" "$work/node/usr/local/lib/node_modules"
  cp node_modules/node/bin/node "$work/node/usr/local/bin/node"
  cp -aL "$(npm root --global)/npm" "$work/node/usr/local/lib/node_modules/npm"
}

# base NAME FOLDER [VARIABLE=VALUE …]: prints the name of an image that holds the folder.
base() {
  local name=localhost/onecard-base-$1 container folder
  container=$(buildah from scratch)
  folder=$(buildah mount "$container")
  cp -a "$2/." "$folder/"
  buildah umount "$container" >/dev/null
  local variable
  for variable in "${@:3}"; do buildah config --env "$variable" "$container"; done
  buildah commit --quiet --rm "$container" "$name" >/dev/null
  echo "$name"
}

began=$SECONDS
runtime_base
build_base
node_base
# How this machine reaches its registries is its own affair, and in no image.
volumes=(--volume /etc/ssl/certs:/etc/ssl/certs:ro --volume "$(rustc --print sysroot):/usr/local/rust:ro")
[ -f "$HOME/.npmrc" ] && volumes+=(--volume "$HOME/.npmrc:/root/.npmrc:ro")
buildah bud --quiet --layers=false --file deploy/image/Dockerfile --ignorefile deploy/image/Dockerfile.dockerignore \
  --build-arg RUNTIME_IMAGE="$(base runtime "$work/runtime" PATH=/usr/local/bin)" \
  --build-arg RUST_IMAGE="$(base build "$work/build" PATH=/usr/local/rust/bin:/usr/local/bin:/usr/bin:/bin \
    NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt CARGO_HTTP_CAINFO=/etc/ssl/certs/ca-certificates.crt)" \
  --build-arg NODE_IMAGE="$(base node "$work/node")" \
  "${volumes[@]}" --tag "$image" . >"$work/id"
took=$((SECONDS - began))

container=$(buildah from --pull-never "$image")
files=$(buildah mount "$container")
cp "$files/usr/share/sbom/onecard-gateway.cdx.json" "$out/"
bytes=$(du --summarize --bytes "$files" | cut -f1)
buildah umount "$container" >/dev/null
buildah rm "$container" >/dev/null
rm -f "$out/onecard-gateway.oci.tar"
buildah push --quiet "$image" "oci-archive:$out/onecard-gateway.oci.tar:$image"
printf '{ "image": "%s", "bytes": %d, "archive_bytes": %d, "built_s": %d }\n' \
  "$image" "$bytes" "$(stat -c %s "$out/onecard-gateway.oci.tar")" "$took" | tee "$out/figures.json"
