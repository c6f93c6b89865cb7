# A static binary on distroless, not root. Built from the repository's root:
#   docker build -t upheld .
FROM golang:1.26 AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
ARG VERSION
RUN CGO_ENABLED=0 go build -trimpath -ldflags "-s -w -X main.release=$VERSION" -o /out/upheld ./cmd/upheld \
 && mkdir /out/data

FROM gcr.io/distroless/static-debian12:nonroot
COPY --from=build /out/upheld /upheld
# The volume takes over this folder's owner, so that nonroot may write to it.
COPY --from=build --chown=nonroot:nonroot /out/data /data
ENV UPHELD_DATA=/data UPHELD_CONFIG=/etc/upheld/upheld.yaml
VOLUME /data
EXPOSE 8080
# The ops listener (metrics, health) stays on the container's loopback unless
# the configuration says `listen: {ops: ":8081"}`.
HEALTHCHECK --interval=30s --timeout=5s --start-period=10s CMD ["/upheld", "health"]
ENTRYPOINT ["/upheld"]
CMD ["serve"]
