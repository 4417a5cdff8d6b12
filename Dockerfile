# One image for init, all workers and the command line.
ARG PYTHON=3.11-slim-bookworm

FROM python:${PYTHON} AS build
RUN python -m venv --without-pip /opt/homeiq
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
COPY requirements.lock /build/
RUN pip --python /opt/homeiq/bin/python install --require-hashes --only-binary :all: -r /build/requirements.lock
COPY pyproject.toml README.md LICENSE /build/
COPY contracts /build/contracts
COPY shared /build/shared
COPY workers /build/workers
# hatchling, by which the project is installed, comes with the lock file and is of no use afterwards.
RUN pip --python /opt/homeiq/bin/python install --no-deps --no-build-isolation /build \
    && pip --python /opt/homeiq/bin/python uninstall --yes hatchling editables
# What volumes are mounted on: a new one takes over the owner. The uid is that of the image eclipse-mosquitto, so that
# init, without any capability, writes what the broker reads.
RUN for each in data broker credentials secrets/admin \
      $(/opt/homeiq/bin/python -c "from contracts.catalogue import WORKERS; print(*('secrets/' + each for each in WORKERS))"); \
    do mkdir --parents "/app/$each"; done \
    && chown --recursive 1883:1883 /app && find /app -mindepth 1 -type d -exec chmod 700 {} +

FROM python:${PYTHON}
RUN groupadd --gid 1883 homeiq && useradd --uid 1883 --gid 1883 --no-create-home --home-dir /app homeiq
COPY --from=build /opt/homeiq /opt/homeiq
COPY --from=build --chown=1883:1883 /app /app
ENV PATH=/opt/homeiq/bin:$PATH PYTHONUNBUFFERED=1 HOMEIQ_DATA=/app/data
WORKDIR /app
USER 1883:1883
ENTRYPOINT ["homeiq"]
