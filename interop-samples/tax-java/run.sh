#!/bin/sh
# Generates, compiles and runs the sample with plain javac; ./run.sh FILE.ndjson. Debian packages: default-jdk-headless
# protobuf-compiler libprotobuf-dev protobuf-compiler-grpc-java-plugin libgrpc-java libprotobuf-java libgoogle-gson-java
# libguava-java libnetty-java libperfmark-java. (Debian's libgrpc-java needs the last five and names none as a dependency.)
set -eu
home=$(cd "$(dirname "$0")" && pwd)
protos=$home/../../protos
jars=/usr/share/java
for jar in grpc-api grpc-context grpc-core grpc-netty grpc-protobuf grpc-protobuf-lite grpc-stub protobuf protobuf-util gson guava \
  failureaccess jsr305 netty-buffer netty-codec netty-codec-http netty-codec-http2 netty-common netty-handler netty-resolver netty-transport \
  netty-transport-native-unix-common netty-handler-proxy netty-codec-socks perfmark-api perfmark-impl opencensus-api; do
  [ ! -f "$jars/$jar.jar" ] || classpath="${classpath:-$home/build}:$jars/$jar.jar"
done
# google.rpc is compiled from protos too: an error in an answer is a google.rpc.Status.
if [ ! -f "$home/build/done" ] || [ -n "$(find "$protos" "$home/TaxBureau.java" -newer "$home/build/done" -name '*.[pj]*')" ]; then
  rm -rf "$home/build" && mkdir -p "$home/build/gen"
  protoc -I "$protos" --java_out="$home/build/gen" --plugin=protoc-gen-grpc=/usr/bin/grpc_java_plugin \
    --grpc_out="$home/build/gen" "$protos"/creditexchange/v1/*.proto "$protos"/google/rpc/*.proto
  # The plugin marks its code with an annotation that left the JDK with Java 11.
  find "$home/build/gen" -name '*Grpc.java' -exec sed -i '/^@javax.annotation.Generated(/,/^ *comments = /d' {} +
  find "$home/build/gen" -name '*.java' > "$home/build/sources"
  javac -nowarn -Xlint:none -proc:none -encoding UTF-8 -cp "$classpath" -d "$home/build" @"$home/build/sources" "$home/TaxBureau.java"
  touch "$home/build/done"
fi
[ $# -gt 0 ] || exit 0
exec java -XX:+UseSerialGC -cp "$classpath" TaxBureau "$@"
