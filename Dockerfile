# The host in an image of its own: docker build -t vervet .
FROM rust:1.95-slim-bookworm AS build
WORKDIR /vervet
COPY . .
RUN cargo build --release --locked -p cli

FROM debian:bookworm-slim
# For TLS with the broker and with receivers of files.
RUN apt-get update \
    && apt-get install --yes --no-install-recommends ca-certificates \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --home-dir /data --shell /usr/sbin/nologin vervet \
    && install --directory --owner=vervet --group=vervet --mode=0700 /data
COPY --from=build /vervet/target/release/vervet /usr/local/bin/vervet
USER vervet
VOLUME /data
EXPOSE 8080
ENTRYPOINT ["vervet"]
CMD ["serve"]
