/** A holder of keys in the process of the test: answers the protocol on a socket, and misbehaves as it is told. */
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SignatureAlgorithm, WrapAlgorithm } from '../../../../crypto/algorithms.ts';
import { FrameCutter } from '../../../../crypto/holders/frames.ts';
import {
  ALGORITHM_NUMBER,
  OPERATION,
  PROTOCOL_VERSION,
  STATUS,
  type Status,
} from '../../../../crypto/holders/messages.ts';
import { keyWrap } from '../../../../crypto/sealing/key-wrap.ts';
import { makeSigningKey } from '../../../../crypto/signature/key-files.ts';
import { sm2Signature } from '../../../../crypto/signature/sm2-signature.ts';
import { scalarOf, signedDigest } from './digest-signature.rig.ts';

/**
 * `well`: as it should. `silent`: reads and says nothing. `late`: answers after `lateMs`. `wrong`: signs something else.
 * `failing`: says that its machine failed. `babbling`: sends what is no frame. `foreign`: answers what was not asked.
 */
export type Manner = 'well' | 'silent' | 'late' | 'wrong' | 'failing' | 'babbling' | 'foreign';

export class HolderDouble {
  readonly socket: string;
  readonly #folder = mkdtempSync(join(tmpdir(), 'onecard-holder-'));
  readonly #keys = new Map<string, ReturnType<typeof makeSigningKey>>();
  readonly #wrap = keyWrap('SM4-KW', randomBytes(32));
  readonly #open = new Set<Socket>();
  #server: Server | null = null;
  manner: Manner = 'well';
  /** Of the next operation alone. */
  onceManner: Manner | null = null;
  lateMs = 0;
  /** Operations asked for, hellos apart. */
  asked = 0;
  connections = 0;

  constructor() {
    this.socket = join(this.#folder, 'holder.sock');
  }

  /** Listens, again after a `kill`. */
  async start(): Promise<void> {
    const server = createServer((socket) => this.#serve(socket));
    this.#server = server;
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(this.socket, resolve);
    });
  }

  /** Ends it as a crash does: connections are cut, the socket is gone. */
  async kill(): Promise<void> {
    const server = this.#server;
    this.#server = null;
    for (const socket of this.#open) socket.destroy();
    if (server) await new Promise((resolve) => server.close(resolve));
    rmSync(this.socket, { force: true });
  }

  async stop(): Promise<void> {
    await this.kill();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  /** The key of a label, made when it is first asked for. */
  key(label: string, algorithm: SignatureAlgorithm) {
    const name = `${algorithm} ${label}`;
    const key = this.#keys.get(name) ?? makeSigningKey(algorithm);
    this.#keys.set(name, key);
    return key;
  }

  /** As another machine: the labels are the same, the keys are not. */
  forgetKeys(): void {
    this.#keys.clear();
  }

  #serve(socket: Socket): void {
    this.connections += 1;
    this.#open.add(socket);
    const cutter = new FrameCutter();
    socket.on('error', () => {});
    socket.once('close', () => this.#open.delete(socket));
    socket.on('data', (chunk) => {
      for (const body of cutter.push(chunk) ?? []) this.#answer(socket, body);
    });
  }

  #answer(socket: Socket, body: Buffer): void {
    const id = body.readUInt32BE(0);
    const isHello = body[4] === OPERATION.hello;
    if (!isHello) this.asked += 1;
    const manner = isHello ? 'well' : (this.onceManner ?? this.manner);
    if (!isHello) this.onceManner = null;
    const say = (status: Status, bytes: Uint8Array, to = id) => {
      const head = Buffer.alloc(9);
      head.writeUInt32BE(5 + bytes.length, 0);
      head.writeUInt32BE(to, 4);
      head[8] = STATUS[status];
      socket.write(Buffer.concat([head, bytes]));
    };
    if (manner === 'silent') return;
    if (manner === 'babbling') {
      socket.write(Buffer.alloc(64, 0xff));
      return;
    }
    if (manner === 'failing') {
      say('device', Buffer.from('error 0x01000003'));
      return;
    }
    const [status, bytes] = isHello ? hello() : this.#done(body, manner === 'wrong');
    const wait = manner === 'late' ? this.lateMs : 0;
    setTimeout(() => say(status, bytes, manner === 'foreign' ? id + 1 : id), wait);
  }

  #done(body: Buffer, isWrong: boolean): [Status, Buffer] {
    const [, algorithm, labelBytes = 0] = body.subarray(4);
    const label = body.toString('utf8', 7, 7 + labelBytes);
    const input = body.subarray(7 + labelBytes);
    if (label === 'none') return ['no_key', Buffer.from('it has no such key')];
    const [name] = Object.entries(ALGORITHM_NUMBER).find(([, number]) => number === algorithm) ?? [];
    switch (body[4]) {
      case OPERATION.publicKey:
        return ['ok', this.key(label, name as SignatureAlgorithm).publicKey.bytes];
      case OPERATION.sign:
        return [
          'ok',
          this.#signature(label, name as SignatureAlgorithm, isWrong ? Buffer.alloc(32, 1) : input),
        ];
      case OPERATION.wrap:
        return wraps(name) ? ['ok', this.#wrap.wrap(input)] : unsupported();
      case OPERATION.unwrap:
        return wraps(name) ? this.#unwrapped(input) : unsupported();
      default:
        return ['malformed', Buffer.from('there is no such operation')];
    }
  }

  #signature(label: string, algorithm: SignatureAlgorithm, input: Buffer): Buffer {
    const key = this.key(label, algorithm);
    if (algorithm === 'Ed25519') return key.sign(input);
    return algorithm === 'SM2' ? sm2Signature(scalarOf(key), input) : signedDigest(key, input);
  }

  #unwrapped(wrapped: Buffer): [Status, Buffer] {
    try {
      return ['ok', this.#wrap.unwrap(wrapped)];
    } catch {
      return ['unreadable', Buffer.from('it was wrapped under another key')];
    }
  }
}

const hello = (): [Status, Buffer] => [
  'ok',
  Buffer.concat([Buffer.of(PROTOCOL_VERSION), Buffer.from('a double')]),
];
const wraps = (name: string | undefined) => (name as WrapAlgorithm) === 'SM4-KW';
const unsupported = (): [Status, Buffer] => ['unsupported', Buffer.from('it does not wrap with that')];
