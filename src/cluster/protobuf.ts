import type { Json, JsonMap } from './json.ts';
import { Refusal } from './refusal.ts';

/** How a field is read: a scalar, a list of texts, a map of texts, a message. */
type Shape = 'text' | 'number' | 'flag' | 'texts' | 'map' | 'bytes-map' | Message;

/** Fields by their numbers. */
interface Message {
  readonly [field: number]: readonly [name: string, shape: Shape];
}

// k8s.io/apimachinery/pkg/apis/meta/v1/generated.proto; times and managers of fields are the server's and are not read.
const metadata: Message = {
  1: ['name', 'text'],
  2: ['generateName', 'text'],
  3: ['namespace', 'text'],
  5: ['uid', 'text'],
  6: ['resourceVersion', 'text'],
  11: ['labels', 'map'],
  12: ['annotations', 'map'],
  14: ['finalizers', 'texts'],
};

/** What clients send so: helm its releases, whose typed client speaks nothing else, and what it deletes them with. */
const messages: Readonly<Record<string, Message>> = {
  'v1/Secret': {
    1: ['metadata', metadata],
    2: ['data', 'bytes-map'],
    3: ['type', 'text'],
    5: ['immutable', 'flag'],
  },
  'v1/ConfigMap': {
    1: ['metadata', metadata],
    2: ['data', 'map'],
    3: ['binaryData', 'bytes-map'],
    4: ['immutable', 'flag'],
  },
  'v1/DeleteOptions': {
    1: ['gracePeriodSeconds', 'number'],
    2: ['preconditions', { 1: ['uid', 'text'], 2: ['resourceVersion', 'text'] }],
    4: ['propagationPolicy', 'text'],
    5: ['dryRun', 'texts'],
  },
};
const envelope: Message = { 1: ['typeMeta', { 1: ['apiVersion', 'text'], 2: ['kind', 'text'] }] };

interface Field {
  readonly number: number;
  readonly value: number | Buffer;
}

const fields = (bytes: Buffer): Field[] => {
  const found: Field[] = [];
  let at = 0;
  const varint = (): number => {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = bytes[at];
      if (byte === undefined) throw new Refusal(400, 'the protobuf message ends early');
      at += 1;
      value += (byte & 127) * scale;
      if (byte < 128) return value;
    }
  };
  while (at < bytes.length) {
    const tag = varint();
    const number = Math.floor(tag / 8);
    if (tag % 8 === 0) found.push({ number, value: varint() });
    else if (tag % 8 === 2) {
      const size = varint();
      found.push({ number, value: bytes.subarray(at, at + size) });
      at += size;
    } else throw new Refusal(400, `wire type ${tag % 8} is not read here`);
  }
  return found;
};

const bytesOf = (value: number | Buffer | undefined): Buffer =>
  Buffer.isBuffer(value) ? value : Buffer.alloc(0);

const read = (bytes: Buffer, message: Message): JsonMap => {
  const result: JsonMap = {};
  for (const { number, value } of fields(bytes)) {
    const field = message[number];
    if (field === undefined) continue;
    const [name, shape] = field;
    const text = bytesOf(value).toString('utf8');
    if (shape === 'number') result[name] = Number(value);
    else if (shape === 'flag') result[name] = value === 1;
    else if (shape === 'text') {
      // An empty one is one that was not said.
      if (text !== '') result[name] = text;
    } else if (shape === 'texts') {
      const before = result[name];
      result[name] = [...(Array.isArray(before) ? before : []), text];
    } else if (shape === 'map' || shape === 'bytes-map') {
      const pair = fields(bytesOf(value));
      const part = (wanted: number) => bytesOf(pair.find((one) => one.number === wanted)?.value);
      const before = result[name];
      result[name] = {
        ...(typeof before === 'object' && before !== null && !Array.isArray(before) ? before : {}),
        [part(1).toString('utf8')]: part(2).toString(shape === 'map' ? 'utf8' : 'base64'),
      };
    } else result[name] = read(bytesOf(value), shape);
  }
  return result;
};

/** A body of `application/vnd.kubernetes.protobuf` as JSON. */
export const readProtobuf = (bytes: Buffer): Json => {
  if (bytes.subarray(0, 4).toString('latin1') !== 'k8s\0')
    throw new Refusal(400, 'the message lacks its magic number');
  const unknown = fields(bytes.subarray(4));
  const outer = read(bytes.subarray(4), envelope)['typeMeta'];
  const { apiVersion = '', kind = '' } =
    typeof outer === 'object' && outer !== null && !Array.isArray(outer) ? outer : {};
  // Those of the group that they delete from.
  const name = kind === 'DeleteOptions' ? 'v1/DeleteOptions' : `${String(apiVersion)}/${String(kind)}`;
  const message = messages[name];
  if (message === undefined) throw new Refusal(415, `${name} is not read as protobuf here`);
  return { apiVersion, kind, ...read(bytesOf(unknown.find(({ number }) => number === 2)?.value), message) };
};
