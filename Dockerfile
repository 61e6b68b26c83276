# Any Debian image with Node 24 and npm on PATH will do; test/tools/docker/build makes one where no image registry is reachable.
ARG BASE=node:24-bookworm-slim

FROM ${BASE} AS build
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci
COPY tsconfig.json ./
COPY src ./src
# Templates and the like lie beside the code that reads them, in dist/ as in src/.
RUN npm run build && cd src && find . -type f ! -name '*.ts' ! -name '*.md' -exec cp --parents '{}' ../dist/ ';'

FROM ${BASE} AS dependencies
WORKDIR /app
COPY package.json package-lock.json ./
# The optional dependencies are a Node for machines with an older one; this image has its own.
RUN npm ci --omit=dev --omit=optional

# The tools that Tidegate runs: a version installs one, empty leaves it out. Each is checked against the checksums
# of its release, and against yours (TERRAFORM_SHA256 ...) where you give one. The mirrors may be your own.
FROM ${BASE} AS tools
ARG TERRAFORM_VERSION=
ARG TERRAFORM_SHA256=
ARG TERRAFORM_MIRROR=https://releases.hashicorp.com/terraform
ARG TOFU_VERSION=
ARG TOFU_SHA256=
ARG TOFU_MIRROR=https://github.com/opentofu/opentofu/releases/download
ARG HELM_VERSION=
ARG HELM_SHA256=
ARG HELM_MIRROR=https://get.helm.sh
ARG KUBECTL_VERSION=
ARG KUBECTL_SHA256=
ARG KUBECTL_MIRROR=https://dl.k8s.io/release
WORKDIR /fetched
RUN set -eu; \
    mkdir -p /tools; \
    if [ -z "${TERRAFORM_VERSION}${TOFU_VERSION}${HELM_VERSION}${KUBECTL_VERSION}" ]; then exit 0; fi; \
    apt-get update; \
    apt-get install -y --no-install-recommends ca-certificates curl unzip; \
    arch="$(dpkg --print-architecture)"; \
    get() { curl --fail --silent --show-error --location --retry 3 --output "$1" "$2"; }; \
    # archive, its line in the release's checksums, the checksum asked for by the builder
    check() { grep -E "[ *]$1\$" "$2" | sha256sum --check --strict -; \
      if [ -n "$3" ]; then echo "$3  $1" | sha256sum --check --strict -; fi; }; \
    if [ -n "${TERRAFORM_VERSION}" ]; then \
      file="terraform_${TERRAFORM_VERSION}_linux_${arch}.zip"; \
      get "${file}" "${TERRAFORM_MIRROR}/${TERRAFORM_VERSION}/${file}"; \
      get sums "${TERRAFORM_MIRROR}/${TERRAFORM_VERSION}/terraform_${TERRAFORM_VERSION}_SHA256SUMS"; \
      check "${file}" sums "${TERRAFORM_SHA256}"; \
      unzip -q "${file}" terraform -d /tools; \
    fi; \
    if [ -n "${TOFU_VERSION}" ]; then \
      file="tofu_${TOFU_VERSION}_linux_${arch}.zip"; \
      get "${file}" "${TOFU_MIRROR}/v${TOFU_VERSION}/${file}"; \
      get sums "${TOFU_MIRROR}/v${TOFU_VERSION}/tofu_${TOFU_VERSION}_SHA256SUMS"; \
      check "${file}" sums "${TOFU_SHA256}"; \
      unzip -q "${file}" tofu -d /tools; \
    fi; \
    if [ -n "${HELM_VERSION}" ]; then \
      file="helm-v${HELM_VERSION}-linux-${arch}.tar.gz"; \
      get "${file}" "${HELM_MIRROR}/${file}"; \
      get sums "${HELM_MIRROR}/${file}.sha256sum"; \
      check "${file}" sums "${HELM_SHA256}"; \
      tar -xzf "${file}" --strip-components=1 -C /tools "linux-${arch}/helm"; \
    fi; \
    if [ -n "${KUBECTL_VERSION}" ]; then \
      get kubectl "${KUBECTL_MIRROR}/v${KUBECTL_VERSION}/bin/linux/${arch}/kubectl"; \
      get sum "${KUBECTL_MIRROR}/v${KUBECTL_VERSION}/bin/linux/${arch}/kubectl.sha256"; \
      echo "$(cat sum)  kubectl" > sums; \
      check kubectl sums "${KUBECTL_SHA256}"; \
      cp kubectl /tools/; \
    fi; \
    chmod 0755 /tools/*

FROM ${BASE}
ARG VERSION=0.1.0
ARG REVISION=
# More Debian packages, for example openssh-client for modules that are fetched over ssh.
ARG PACKAGES=
LABEL org.opencontainers.image.title="Tidegate" \
      org.opencontainers.image.description="Plans, reviews and applies infrastructure changes from pull requests." \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
RUN set -eu; \
    apt-get update; \
    apt-get install -y --no-install-recommends bubblewrap ca-certificates git tini ${PACKAGES}; \
    rm -rf /var/lib/apt/lists/* /var/cache/apt/*.bin /var/log/apt /var/log/dpkg.log; \
    groupadd --gid 10001 tidegate; \
    useradd --uid 10001 --gid 10001 --create-home --shell /usr/sbin/nologin tidegate; \
    install -d -o 10001 -g 10001 -m 0700 /data
WORKDIR /app
# Owned by root: what runs as uid 10001, tools included, cannot change the code.
COPY --from=dependencies /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
COPY package.json app.yml LICENSE ./
COPY runners ./runners
# The demo drives the runner in it.
COPY examples ./examples
COPY --from=tools /tools/ /usr/local/bin/
# Webhooks come in from outside the container. The pages (TIDEGATE_PAGES_HOST) stay on loopback until you say otherwise.
# Tools end with the container, so the server waits for applies: give it time to (README, "Stopping and starting").
ENV NODE_ENV=production HOST=0.0.0.0 PORT=3000 TIDEGATE_DATA_DIR=/data TIDEGATE_ON_STOP=drain
USER 10001:10001
VOLUME /data
EXPOSE 3000 3001
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT}/healthz`).then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
# A server that mostly waits needs no 48 MB for short-lived objects, nor a heap of the C library for every thread:
# together 60 MB resident, at no cost in speed that could be measured. `npm start` has the first.
ENV MALLOC_ARENA_MAX=2
# tini hands signals on, and buries what tools leave behind.
ENTRYPOINT ["/usr/bin/tini", "--", "node", "--max-semi-space-size=4"]
CMD ["dist/main.js", "serve"]
