#!/bin/sh
# Makes the Python stubs in gen/. Debian packages: protobuf-compiler, protobuf-compiler-grpc, libprotobuf-dev, python3-grpcio.
# (python3-grpc-tools carries an old compiler that knows no proto3 `optional`.)
set -eu
cd "$(dirname "$0")"
rm -rf gen && mkdir gen
protos=../../protos
# Not protos/grpc: a Python package of that name would hide the runtime's.
protoc -I "$protos" --python_out=gen --plugin=protoc-gen-grpc=/usr/bin/grpc_python_plugin --grpc_out=gen \
  "$protos"/creditexchange/v1/*.proto "$protos"/google/rpc/*.proto
