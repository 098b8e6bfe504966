#!/usr/bin/env bash
# Makes build/packages: for each architecture of ARCHS a tar.gz, a deb, an rpm, an SBOM and a root file system for the
# image, then SHA256SUMS. The same commit and Go release give the same bytes: every time stamp is SOURCE_DATE_EPOCH, by
# default the commit's. The machine's own architecture comes from `make build`, others are compiled here.
set -euo pipefail
cd "$(dirname "$0")/../.."

ARCHS=${ARCHS:-$(go env GOARCH)}
VERSION=${VERSION:-$(sed -n 's/^  version: //p' builder-config.yaml)}
SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct)}
CA_CERTIFICATES=${CA_CERTIFICATES:-/etc/ssl/certs/ca-certificates.crt}
export VERSION SOURCE_DATE_EPOCH

own=$(go env GOARCH)
out=build/packages
rm -rf "$out"
mkdir -p "$out"

deterministic_tar() { # deterministic_tar FILE ARGUMENTS…
  tar --sort=name --mtime="@$SOURCE_DATE_EPOCH" --format=gnu --numeric-owner --owner=0 --group=0 -c "${@:2}" | gzip -n >"$1"
}

compile() { # compile ARCH DIRECTORY
  if [ "$1" = "$own" ]; then
    cp build/otelcol-braid build/braidctl "$2"
  else
    GOOS=linux GOARCH=$1 go build -ldflags '-s -w' -o "$2" ./distribution/otelcol-braid ./cmd/braidctl
  fi
}

# What the Dockerfile copies, with the modes it has there. CA certificates are those of this machine.
image_root() { # image_root STAGE DIRECTORY
  install -d "$2/rootfs/usr/bin" "$2/rootfs/etc/braid" "$2/rootfs/etc/ssl/certs" "$2/data"
  install -m 0755 "$1/otelcol-braid" "$2/rootfs/usr/bin/"
  install -m 0644 distribution/configs/*.yaml "$2/rootfs/etc/braid/"
  install -m 0644 "$CA_CERTIFICATES" "$2/rootfs/etc/ssl/certs/ca-certificates.crt"
  install -m 0644 distribution/packaging/image/Dockerfile "$2/"
}

for arch in $ARCHS; do
  name=braid-$VERSION-linux-$arch
  stage=$out/.stage/$name
  mkdir -p "$stage"
  compile "$arch" "$stage"
  go run ./distribution/packaging/sbom -version "$VERSION" -o "$stage/sbom.cdx.json" "$stage/otelcol-braid" "$stage/braidctl"
  cp "$stage/sbom.cdx.json" "$out/$name.cdx.json"

  for packager in deb rpm; do
    ARCH=$arch STAGE=$stage go tool -modfile=internal/tools/nfpm/go.mod nfpm package \
      --config distribution/packaging/nfpm.yaml --packager "$packager" --target "$out/" >/dev/null
  done

  image_root "$stage" "$out/image-$arch"
  cp -r distribution/configs "$stage/configs"
  rm -f "$stage"/configs/*.go
  cp LICENSE README.md docs/packages.md "$stage/"
  deterministic_tar "$out/$name.tar.gz" --mode=u+rwX,go+rX,go-w -C "$out/.stage" "$name"
done
rm -rf "$out/.stage"

(cd "$out" && sha256sum braid* >SHA256SUMS && cat SHA256SUMS)
