// The hub's clients, made from the .proto files at start. Numbers of 64 bits arrive as decimal strings.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import grpc from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';

const here = fileURLToPath(new URL('.', import.meta.url));
const protos = join(here, '../../protos');
const data = process.env.CREDITEXCHANGE_DATA || join(here, '../../.data');
const address = process.env.CREDITEXCHANGE_ADDRESS || `127.0.0.1:${process.env.CREDITEXCHANGE_GRPC_PORT || 7080}`;

const { creditexchange } = grpc.loadPackageDefinition(loadSync(
  ['lookup', 'update', 'catalogue'].map((name) => `creditexchange/v1/${name}_service.proto`),
  { keepCase: true, includeDirs: [protos], longs: String, enums: String, defaults: true, oneofs: true }));

export const connect = (service) => new creditexchange.v1[service](address, grpc.credentials.createInsecure());

// The token is read for each call: a real one lives an hour at most and is replaced in place.
export function as(agency) {
  const metadata = new grpc.Metadata();
  metadata.set('authorization', `Bearer ${readFileSync(join(data, 'tokens', `${agency}.jwt`), 'utf8').trim()}`);
  metadata.set('accept-language', 'zh-CN');
  return metadata;
}

export const call = (client, method, request, metadata, milliseconds = 2000) => new Promise((resolve, reject) => {
  client[method](request, metadata, { deadline: Date.now() + milliseconds },
    (error, answer) => (error ? reject(error) : resolve(answer)));
});

export const { status } = grpc;
