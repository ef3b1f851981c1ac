/** docs/scale.md: the words, and the tables that are made from measured figures. */
import type { Table } from '../report/result.ts';
import { boundsTable, costTable, figuresTable, machinesTable, needsTable } from './scale-tables.ts';

export function scalePage(): string {
  return `# How far it goes

Made by \`npm run docs\` from bench/city/measured-figures.ts, which names the command that measured each figure. \`onecard bench city --model\`
prints the same tables. **Model** stands where a number was counted, and not measured.

## Shape

Gateways share nothing with one another. What may be taken once is asked of the store (Valkey or Redis), what is distributed goes over the
bus (NATS JetStream), and a machine with more cores runs more gateways, two cores and one journal each. So taps per second grow with gateways until a
server that all share is full.

## Many on one machine

\`listen.share_port\`: several gateways listen on one port (SO_REUSEPORT). Each must say so, else the second is refused with that sentence; they are of one
user; each has a \`gateway_id\`, a \`data_dir\` and an \`admin.port\` of its own; \`cluster.store\` is needed, since whoever connects cannot choose, and device tokens
name the cluster as their audience. The system deals connections out by a hash of addresses and ports: with few gates one gateway may get most of them. A list of
addresses in the client, or a balancer, deals evenly. A listener that closes loses who had just knocked, unless \`net.ipv4.tcp_migrate_req\` is 1; clients connect again
in any case. \`deploy/systemd\` has the units.

- **Cores**: pin each gateway to two (\`AllowedCPUs\`, \`taskset\`, a pod with whole CPUs). \`workers.threads: 0\` then counts those, one proving thread each, and nothing
  else is to be set. Without pinning set \`workers.threads: 1\`: each would start a thread for every core of the machine.
- **Scheduling**: \`prefer\` puts the main thread and the threads of storage and of the store of each gateway in real time. Pinned to two cores a main thread
  leaves one core to whoever proves. Two gateways on the *same* two cores have two such threads: under full load they leave proving the 5 % that the kernel keeps
  back (\`sched_rt_runtime_us\`). Use \`fair\` wherever gateways have fewer than two cores each.

${tableText(machinesTable())}

## What a city needs

${tableText(needsTable())}

Servers, beside what the table says is used: NATS three, so that a stream is kept by all of them (each then writes what comes in, and passes it to two); a store and a
replica for each shard; one of each where a loss is bearable (\`deploy/k8s/overlays/station\`). A card list takes ${'`cards × 6.35 B`'} in each gateway: a million are 6.1 MiB.

${tableText(boundsTable())}

- **Uploads** come first in a city of many small gateways: each sends what it has five times a second at most, so 1,000 gateways make up to 5,000 messages/s however few
  taps there are. A stream is written by one core. A longer pause between two uploads makes fewer and larger ones (200 ms, gateway/outbox/outbox.ts; not a setting).
- **The store** is one thread for each shard. It is a Redis Cluster by key where \`cluster.store.urls\` names more than one.
- **The platform** reads all journals and signs all deltas. What its disk and its detection take is not in these figures.
- **Deltas** go out once for each gateway; a leaf node at each station takes them once for all of its gateways.

## What a month costs

For a city of S stations with g gateways each, a peak of T taps/s, a mean part m of it, and the prices of a core (Pc), a GiB (Pm), a GB of disk (Pd) and a GB moved (Pn), a month each:

\`\`\`
gateways = S·g·(2·Pc + (768 MiB + cards·6.35 B)·Pm)
store    = 2·shards·(Pc + max(1, 2·T·610 s·bytes_per_key/shards)·Pm)         shards = ⌈T·µs_per_question / 0.5 s⌉
bus      = 3·(max(2, ⌈cores_of_the_bus / 0.5⌉)·Pc + max(2 GiB, S·g·bytes_per_gateway)·Pm)
disk     = T·m·7 days·732 B·Pd
traffic  = m·(T·(137 B + 2·531 B) + uploads·2·432 B + S·g·(629 B + deltas·4,273 B))·30.4 days·Pn
\`\`\`

Not in it: the platform, machines at stations that are there anyhow, people.

${tableText(costTable())}

## What was measured

${tableText(figuresTable())}

## Measuring it again

On a machine that nobody else uses:

\`\`\`
npx onecard bench cluster --family transit-qr          # one gateway alone and in a cluster, in turns; ten to twenty minutes
npx onecard bench city --out city.json                 # the servers under 1,000 gateways, at 1,000 to 30,000 questions/s
npx onecard bench capacity --family transit-qr
npx onecard bench lists --cards 1000000
\`\`\`

\`bench city\` runs the store's client, the bus connection, the cursor on the stream of lists and the uploads of 1,000 gateways in one process, each with connections of
its own; nothing is multiplied. What is not there: judging, journals on disk, the bucket of devices, and the platform's intake. It prints the model beside the measurement. Where questions left late, that
machine was what was measured, and only processor time and bytes per operation hold.
`;
}

function tableText({ about, columns, rows }: Table): string {
  const line = (cells: readonly (string | number)[]) => `| ${cells.join(' | ')} |`;
  return [about, '', line(columns), line(columns.map(() => '---')), ...rows.map((row) => line(row))].join(
    '\n',
  );
}
