#!/bin/sh
# Tags and publishes the images of an approved change. The change number is the tag.
set -eu
change=${CHANGE:?the change number, e.g. CH-2026-014}
docker compose -f config/docker/compose.yaml build
for image in intake triage indicators; do
    docker tag "iqhis-$image" "registry.iqhis.example/$image:$change"
    docker push "registry.iqhis.example/$image:$change"
done
