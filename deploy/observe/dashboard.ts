/** The Grafana dashboard of gateways, written to `dashboard.json` by `npm run docs`. */

type Unit = 'ops' | 's' | 'short' | 'bytes' | 'percentunit' | 'dateTimeAsIso';

interface Panel {
  readonly title: string;
  readonly unit: Unit;
  /** Query and legend. */
  readonly queries: readonly (readonly [string, string])[];
  readonly kind?: 'timeseries' | 'stat';
  /** Of 24. */
  readonly width?: number;
  readonly stacked?: boolean;
}

const OF = '{instance=~"$instance"}';
const of = (labels: string) => `{instance=~"$instance",${labels}}`;
const quantile = (q: number, metric: string, by: string, labels: string) =>
  `histogram_quantile(${q}, sum by (le${by}) (rate(${metric}_bucket${labels}[$__rate_interval])))`;

const ROWS: readonly (readonly [string, readonly Panel[]])[] = [
  [
    'Now',
    [
      {
        title: 'Taps per second',
        unit: 'ops',
        kind: 'stat',
        width: 6,
        queries: [[`sum(rate(onecard_decisions_total${OF}[$__rate_interval]))`, '']],
      },
      {
        title: 'Mode',
        unit: 'short',
        kind: 'stat',
        width: 6,
        queries: [[`sum by (mode) (onecard_mode${OF})`, '{{mode}}']],
      },
      {
        title: 'p99 at gates',
        unit: 's',
        kind: 'stat',
        width: 6,
        queries: [[quantile(0.99, 'onecard_tap_seconds', '', of('class="gate"')), '']],
      },
      {
        title: 'Versions',
        unit: 'short',
        kind: 'stat',
        width: 6,
        queries: [[`count by (version) (onecard_build_info${OF})`, '{{version}}']],
      },
    ],
  ],
  [
    'Taps',
    [
      {
        title: 'Decisions by code',
        unit: 'ops',
        stacked: true,
        queries: [[`sum by (code) (rate(onecard_decisions_total${OF}[$__rate_interval]))`, '{{code}}']],
      },
      {
        title: 'Not judged, by code',
        unit: 'ops',
        stacked: true,
        queries: [[`sum by (code) (rate(onecard_refusals_total${OF}[$__rate_interval]))`, '{{code}}']],
      },
      {
        title: 'Time of a tap at gates',
        unit: 's',
        queries: [0.5, 0.99, 0.999].map(
          (q) => [quantile(q, 'onecard_tap_seconds', '', of('class="gate"')), `p${q * 100}`] as const,
        ),
      },
      {
        title: 'p99 of a batch, by stage',
        unit: 's',
        queries: [[quantile(0.99, 'onecard_stage_seconds', ', stage', OF), '{{stage}}']],
      },
      {
        title: 'Waiting for a thread',
        unit: 'short',
        queries: [[`sum by (class) (onecard_queue_depth${OF})`, '{{class}}']],
      },
      {
        title: 'Presentations a batch',
        unit: 'short',
        queries: [[quantile(0.5, 'onecard_batch_items', '', OF), 'median']],
      },
      {
        title: 'Found in the caches of proofs',
        unit: 'percentunit',
        queries: [
          [
            `sum by (cache) (rate(onecard_cache_requests_total${of('result="hit"')}[$__rate_interval])) / sum by (cache) (rate(onecard_cache_requests_total${OF}[$__rate_interval]))`,
            '{{cache}}',
          ],
        ],
      },
      {
        title: 'Connections',
        unit: 'short',
        queries: [[`sum by (instance) (onecard_connections${OF})`, '{{instance}}']],
      },
      {
        title: 'Connections and requests refused',
        unit: 'ops',
        stacked: true,
        queries: [
          [`sum by (code) (rate(onecard_connection_faults_total${OF}[$__rate_interval]))`, '{{code}}'],
        ],
      },
    ],
  ],
  [
    'Platform, lists, trust',
    [
      {
        title: 'Age of lists',
        unit: 's',
        queries: [[`max by (instance, list) (onecard_list_age_seconds${OF})`, '{{instance}} {{list}}']],
      },
      {
        title: 'Cards on lists',
        unit: 'short',
        queries: [[`max by (list) (onecard_list_cards${OF})`, '{{list}}']],
      },
      {
        title: 'Trust expires',
        unit: 'dateTimeAsIso',
        kind: 'stat',
        queries: [[`min(onecard_trust_expires_timestamp_seconds${OF}) * 1000`, '']],
      },
      {
        title: 'Decisions the platform does not have',
        unit: 'short',
        queries: [[`sum by (instance) (onecard_outbox_waiting_records${OF})`, '{{instance}}']],
      },
      {
        title: 'Live status: p99 of an answer',
        unit: 's',
        queries: [[quantile(0.99, 'onecard_live_seconds', ', class', OF), '{{class}}']],
      },
      {
        title: 'Looks at the platform',
        unit: 'ops',
        stacked: true,
        queries: [[`sum by (result) (rate(onecard_probes_total${OF}[$__rate_interval]))`, '{{result}}']],
      },
    ],
  ],
  [
    'Cluster',
    [
      {
        title: 'Questions to the store, by how they ended',
        unit: 'ops',
        stacked: true,
        queries: [
          [`sum by (outcome) (rate(onecard_store_questions_total${OF}[$__rate_interval]))`, '{{outcome}}'],
        ],
      },
      {
        title: 'Time of an answer of the store',
        unit: 's',
        queries: [0.5, 0.99].map(
          (q) => [quantile(q, 'onecard_store_seconds', '', OF), `p${q * 100}`] as const,
        ),
      },
      {
        title: 'Accepted by one gateway alone',
        unit: 'ops',
        queries: [
          [`sum by (instance) (rate(onecard_accepted_alone_total${OF}[$__rate_interval]))`, '{{instance}}'],
        ],
      },
      {
        title: 'Of those, accepted elsewhere too',
        unit: 'short',
        queries: [[`sum by (instance) (onecard_accepted_twice${OF})`, '{{instance}}']],
      },
      {
        title: 'Behind in a stream',
        unit: 'short',
        queries: [
          [`max by (instance, stream) (onecard_cursor_lag_messages${OF})`, '{{instance}} {{stream}}'],
        ],
      },
      {
        title: 'Round trip to NATS',
        unit: 's',
        queries: [[`max by (instance) (onecard_bus_round_trip_seconds${OF})`, '{{instance}}']],
      },
      {
        title: 'Gateways that spoke within a day',
        unit: 'short',
        queries: [[`max by (instance) (onecard_cluster_members${OF})`, 'seen by {{instance}}']],
      },
      {
        title: 'Devices that not all gateways know of yet',
        unit: 'short',
        queries: [[`sum by (instance) (onecard_registry_unshared_devices${OF})`, '{{instance}}']],
      },
    ],
  ],
  [
    'Process and disk',
    [
      {
        title: 'Processor',
        unit: 'short',
        queries: [[`rate(process_cpu_seconds_total${OF}[$__rate_interval])`, '{{instance}} cores']],
      },
      {
        title: 'Memory',
        unit: 'bytes',
        queries: [
          [`process_resident_memory_bytes${OF}`, '{{instance}} resident'],
          [`nodejs_heap_size_used_bytes${OF}`, '{{instance}} heap of the main thread'],
        ],
      },
      {
        title: 'Free on the disk of the journal',
        unit: 'bytes',
        queries: [[`onecard_disk_free_bytes${OF}`, '{{instance}}']],
      },
      {
        title: 'Lag of the event loop, p99',
        unit: 's',
        queries: [[`nodejs_eventloop_lag_p99_seconds${OF}`, '{{instance}}']],
      },
      {
        title: 'Stood still',
        unit: 's',
        queries: [[`increase(onecard_standstill_seconds_total${OF}[$__rate_interval])`, '{{instance}}']],
      },
      {
        title: 'Faults and threads replaced',
        unit: 'short',
        queries: [
          [`increase(onecard_faults_total${OF}[$__rate_interval])`, '{{instance}} {{where}}'],
          [`increase(onecard_thread_replacements_total${OF}[$__rate_interval])`, '{{instance}} {{reason}}'],
        ],
      },
    ],
  ],
];

const SOURCE = { type: 'prometheus', uid: '$source' };
const WIDTH = 24;
const HEIGHT = 8;

/** Every query of it, with Grafana's variables. */
export const DASHBOARD_QUERIES = ROWS.flatMap(([, panels]) =>
  panels.flatMap(({ queries }) => queries.map(([query]) => query)),
);

export function dashboard(): object {
  let [id, y] = [0, 0];
  const panels = ROWS.flatMap(([title, row]) => {
    const head = {
      id: ++id,
      type: 'row',
      title,
      collapsed: false,
      gridPos: { x: 0, y, w: WIDTH, h: 1 },
      panels: [],
    };
    y += 1;
    let x = 0;
    const placed = row.map((panel) => {
      const w = panel.width ?? WIDTH / 2;
      if (x + w > WIDTH) [x, y] = [0, y + HEIGHT];
      const at = { x, y, w, h: HEIGHT };
      x += w;
      return panelOf(panel, ++id, at);
    });
    y += HEIGHT;
    return [head, ...placed];
  });
  return {
    uid: 'onecard-gateway',
    title: 'Onecard Gateway',
    tags: ['onecard'],
    schemaVersion: 39,
    editable: true,
    refresh: '10s',
    time: { from: 'now-1h', to: 'now' },
    timezone: 'browser',
    templating: {
      list: [
        { name: 'source', label: 'Prometheus', type: 'datasource', query: 'prometheus', hide: 0 },
        {
          name: 'instance',
          label: 'Gateway',
          type: 'query',
          datasource: SOURCE,
          query: { query: 'label_values(onecard_build_info, instance)', refId: 'instance' },
          refresh: 2,
          multi: true,
          includeAll: true,
          allValue: '.*',
          current: { text: 'All', value: '$__all' },
        },
      ],
    },
    panels,
  };
}

function panelOf(panel: Panel, id: number, gridPos: object): object {
  const { title, unit, queries, kind = 'timeseries', stacked = false } = panel;
  const custom = {
    fillOpacity: stacked ? 30 : 5,
    stacking: { mode: stacked ? 'normal' : 'none' },
    showPoints: 'never',
  };
  return {
    id,
    type: kind,
    title,
    gridPos,
    datasource: SOURCE,
    fieldConfig: { defaults: { unit, min: 0, ...(kind === 'timeseries' && { custom }) }, overrides: [] },
    options:
      kind === 'stat'
        ? {
            textMode: title === 'Mode' || title === 'Versions' ? 'name' : 'auto',
            reduceOptions: { calcs: ['lastNotNull'] },
          }
        : { legend: { displayMode: 'list', placement: 'bottom' }, tooltip: { mode: 'multi', sort: 'desc' } },
    targets: queries.map(([expr, legendFormat], i) => ({
      refId: String.fromCharCode(65 + i),
      datasource: SOURCE,
      expr,
      legendFormat,
    })),
  };
}
