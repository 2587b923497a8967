# syntax=docker/dockerfile:1
# Targets: api, worker and all-in-one (default); aws-emulator and token-server are for docker-compose.yml only.
# docs/operations.md describes how to build and run them.

FROM node:24-trixie-slim AS base
SHELL ["/bin/bash", "-o", "pipefail", "-c"]
# uid 999 as in Lizzy 2's image, with / as home, so that `-v ~/.aws:/.aws` keeps working. The user is created first:
# packages that are installed later may create system users, and Debian assigns these from 999 downwards.
RUN groupadd --system --gid 999 lizzy \
    && useradd --system --uid 999 --gid 999 --home-dir / --no-create-home --shell /usr/sbin/nologin lizzy
# Debian keeps only the newest version of a package in its archive, so that a pinned version stops building.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --yes --no-install-recommends ca-certificates tini \
    && rm -rf /var/lib/apt/lists/* /var/cache/debconf/*-old /var/log/dpkg.log /var/log/apt
ENV NODE_ENV=production LANG=C.UTF-8 LC_ALL=C.UTF-8
WORKDIR /app
ENTRYPOINT ["/usr/bin/tini", "--"]

# Compiles TypeScript. Install scripts never run: no dependency needs one.
FROM base AS build
COPY package.json package-lock.json .npmrc ./
RUN --mount=type=cache,target=/root/.npm npm ci --include=dev --ignore-scripts
COPY tsconfig.json tsconfig.build.json nest-cli.json ./
COPY apps apps
COPY libs libs
COPY local local
RUN npm run build \
    && mkdir -p /out/api /out/worker /out/token-server/local \
    && cp -a dist/local/. /out/token-server/local/ \
    && rm -rf dist/local \
    && cp -a dist/. /out/api/ \
    && cp -a dist/. /out/worker/ \
    && rm -rf /out/api/apps/worker /out/api/libs/senza /out/api/libs/aws /out/worker/apps/api \
    && find libs/senza/runtime -name '*.ts' -delete

# Type declarations and source maps of dependencies are half of their size, and nothing reads them at run time.
FROM base AS dependencies
COPY package.json package-lock.json .npmrc ./
RUN --mount=type=cache,target=/root/.npm npm ci --omit=dev --ignore-scripts \
    && find node_modules -type f \( -name '*.map' -o -name '*.d.ts' -o -name '*.d.mts' -o -name '*.d.cts' \) -delete

# Python with what virtual environments need to be made.
FROM base AS python-venv
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --yes --no-install-recommends python3 python3-venv \
    && rm -rf /var/lib/apt/lists/*

# Senza in a virtual environment; every file is checked against the hashes of the lock file.
FROM python-venv AS python
COPY local/python/senza.txt /tmp/senza.txt
# Some packages are source distributions: setuptools, itself from the lock file, builds them.
RUN --mount=type=cache,target=/root/.cache/pip python3 -m venv /opt/senza \
    && sed -n '/^setuptools==/,$p' /tmp/senza.txt > /tmp/setuptools.txt \
    && /opt/senza/bin/pip install --no-deps --require-hashes --only-binary :all: --requirement /tmp/setuptools.txt \
    && /opt/senza/bin/pip install --no-deps --require-hashes --no-build-isolation --requirement /tmp/senza.txt \
    && /opt/senza/bin/pip uninstall --yes pip \
    && rm /tmp/setuptools.txt

# What api, worker and all-in-one have in common. The container's root file system may be read-only, with a tmpfs on /tmp.
FROM base AS runtime
# Version and commit are labels of the build command (deploy/release/image-metadata.mjs): here they would invalidate the cache of
# every layer below.
LABEL org.opencontainers.image.title="Lizzy" \
      org.opencontainers.image.description="Deployment agent for Senza definitions and AWS CloudFormation" \
      org.opencontainers.image.licenses="Apache-2.0"
COPY package.json LICENSE deploy/docker/healthcheck.mjs ./
COPY --from=dependencies /app/node_modules node_modules
ENV METRICS_PORT=9090
USER 999:999

FROM runtime AS api
COPY --from=build /out/api dist
ENV PORT=8080
EXPOSE 8080 9090
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --start-interval=1s --retries=3 \
    CMD ["node", "healthcheck.mjs", "PORT", "/health/ready"]
CMD ["node", "--max-semi-space-size=8", "--v8-pool-size=1", "dist/apps/api/main.js"]

FROM runtime AS worker
USER 0
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --yes --no-install-recommends python3 \
    && rm -rf /var/lib/apt/lists/* /var/cache/debconf/*-old /var/log/dpkg.log /var/log/apt
COPY --from=python /opt/senza /opt/senza
COPY --from=build /app/libs/senza/runtime libs/senza/runtime
COPY --from=build /out/worker dist
RUN python3 -m compileall -q libs/senza/runtime
ENV PATH=/opt/senza/bin:$PATH
USER 999:999
EXPOSE 9090
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --start-interval=1s --retries=3 \
    CMD ["node", "healthcheck.mjs", "METRICS_PORT", "/health"]
CMD ["node", "dist/apps/worker/main.js"]

# The development OAuth2 server: no security, for docker-compose.yml.
FROM runtime AS token-server
COPY --from=build /out/token-server dist
ENV HOST=0.0.0.0 PORT=9080
EXPOSE 9080
HEALTHCHECK --interval=5s --timeout=5s --start-period=30s --start-interval=1s --retries=3 \
    CMD ["node", "healthcheck.mjs", "PORT", "/health"]
CMD ["node", "dist/local/token-server/main.js"]

# The AWS emulator (moto), for docker-compose.yml.
FROM python-venv AS aws-emulator
COPY local/python/requirements.txt /tmp/requirements.txt
RUN --mount=type=cache,target=/root/.cache/pip python3 -m venv /opt/aws-emulator \
    && sed -n '/^setuptools==/,$p' /tmp/requirements.txt > /tmp/setuptools.txt \
    && /opt/aws-emulator/bin/pip install --no-deps --require-hashes --only-binary :all: \
        --requirement /tmp/setuptools.txt \
    && /opt/aws-emulator/bin/pip install --no-deps --require-hashes --no-build-isolation \
        --requirement /tmp/requirements.txt
COPY local/aws-emulator local/aws-emulator
COPY deploy/docker/healthcheck.mjs ./
ENV PYTHONUNBUFFERED=1 PYTHONWARNINGS=ignore PYTHONDONTWRITEBYTECODE=1 \
    MOTO_ACM_VALIDATION_WAIT=0 EMULATOR_STACK_SECONDS=4 PORT=4566
USER 999:999
EXPOSE 4566
HEALTHCHECK --interval=5s --timeout=5s --start-period=60s --start-interval=1s --retries=3 \
    CMD ["node", "healthcheck.mjs", "PORT", "/lizzy-emulator/settings"]
# It ends when its standard input ends: run it with an open one (`docker run -i`, `stdin_open: true`).
CMD ["/opt/aws-emulator/bin/python", "local/aws-emulator/main.py", \
     "--host", "0.0.0.0", "--port", "4566"]

# API, worker and Valkey in one container, for a small team: `docker run -p 8080:8080 --env-file environment.cfg ...`.
FROM worker AS all-in-one
USER 0
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --yes --no-install-recommends valkey-server \
    && rm -rf /var/lib/apt/lists/* /var/cache/debconf/*-old /var/log/dpkg.log /var/log/apt \
    && install --directory --owner=999 --group=999 /data
COPY --from=build /out/api dist
COPY --chmod=755 deploy/docker/all-in-one.sh ./
ENV PORT=8080 METRICS_PORT= VALKEY_PORT=6379
USER 999:999
EXPOSE 8080
VOLUME /data
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --start-interval=1s --retries=3 \
    CMD ["node", "healthcheck.mjs", "PORT", "/health/ready"]
CMD ["/app/all-in-one.sh"]
