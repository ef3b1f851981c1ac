// What the page of a cluster says, in both languages. English stands in the page itself, and in what the gateway answers.
const names = (gateways) =>
  gateways.length > 5
    ? `${gateways.slice(0, 5).join('、')} 等 ${gateways.length} 个网关`
    : gateways.join('、');

export const WORDS = {
  en: {
    well: 'all is well',
    works: 'works, with warnings',
    wrong: 'something is wrong',
    gone: 'no answer',
    token_wrong: 'This is not the token.',
    who: (asked, count) => `${count} ${count === 1 ? 'gateway' : 'gateways'}, as ${asked} knows it`,
    states: { ready: 'ready', not_ready: 'not ready', leaving: 'leaving', quiet: 'quiet' },
    gone_for: (span) => `gone for ${span}`,
    left: (span) => `left ${span} ago`,
    silent: (span) => `silent for ${span}`,
    cut: (span) => `cut for ${span}`,
    answers: 'answers',
    no_list: 'no list',
    span: (value, unit) => `${value} ${unit}`,
    outage: (gateway, accepted, from, to) => `${gateway}: ${accepted} from ${from} to ${to}.`,
    untold: 'The platform has told nothing of them yet.',
    compared: (compared, twice) =>
      `${compared} are at the platform, ${twice} of them accepted elsewhere too.`,
  },
  zh: {
    cluster: '集群',
    token_asked: '管理令牌（admin.token_file）。只保存在本页面中，关闭即忘。',
    token_send: '显示',
    token_wrong: '令牌不对。',
    none: '本网关不属于任何集群：其设置中没有 cluster。',
    gateway: '网关',
    state: '状态',
    mode: '模式',
    taps: '次/秒',
    queue: '排队',
    outbox: '待上传',
    list: '名单',
    store: '共享存储 p50/p99',
    bus: '总线',
    lag: '落后',
    version: '版本',
    outages: '共享存储无应答期间单独放行的',
    this_gateway: '本网关',
    well: '一切正常',
    works: '可用，有警告',
    wrong: '有故障',
    gone: '没有响应',
    who: (asked, count) => `${count} 个网关，由 ${asked} 告知`,
    states: { ready: '就绪', not_ready: '未就绪', leaving: '正在离开', quiet: '尚未听到' },
    gone_for: (span) => `已失联 ${span}`,
    left: (span) => `${span}前离开`,
    silent: (span) => `已 ${span}无应答`,
    cut: (span) => `已断开 ${span}`,
    answers: '有应答',
    no_list: '没有名单',
    span: (value, unit) => `${value} ${{ s: '秒', min: '分钟', h: '小时' }[unit]}`,
    outage: (gateway, accepted, from, to) => `${gateway}：${from} 至 ${to} 共 ${accepted} 次。`,
    untold: '平台尚未告知结果。',
    compared: (compared, twice) => `平台已收到 ${compared} 次，其中 ${twice} 次在别处也被放行。`,
  },
};

/** Sentence and remedy by code, where they are not English. */
const PROBLEMS = {
  member_gone: [
    (who) => `${who} 未告离开便已失联。`,
    '检查其进程、主机，以及是否能连上 NATS；其日志在数据目录中。',
  ],
  store_silent: [
    (who) => `${who} 得不到共享存储的应答：其间同一凭证可能在多个网关通过。`,
    '检查 Valkey 或 Redis 及其网络（cluster.store.urls）。单独放行的会在事后查出。',
  ],
  bus_cut: [
    (who) => `${who} 与总线断开。`,
    '检查 NATS 及其网络（cluster.bus.servers）。名单沿用现有的，日志等待上传。',
  ],
  bus_cut_here: [
    () => '被询问的网关与总线断开，只知道其他网关此前所说。',
    '改问另一个网关，并检查 NATS 及其网络。',
  ],
  cursor_behind: [
    (who) => `${who} 落后于消息流过多。`,
    '若刚恢复请稍候；否则检查其处理器和日志（what: bus）。',
  ],
  keys_apart: [
    (who) => `${who} 没有共同的集群密钥：同一凭证在两处都会通过。`,
    '给两者相同的 cluster.keys_file，更换期间同时含新旧密钥，然后逐个重启。',
  ],
  not_ready: [(who) => `${who} 尚不能受理。`, '查询其管理地址的 /readyz：其中说明缺少什么。'],
  accepted_twice: [(who) => `${who} 单独放行的凭证在别处也被放行。`, 'onecard report replays 会逐一列出。'],
  mode_closed: [(who) => `${who} 处于 closed 模式。`, '缺少仍可使用的名单或信任：检查能否连上平台。'],
  outbox_behind: [
    (who) => `${who} 有过多记录等待平台确认。`,
    '检查平台是否接收日志（其日志与磁盘），以及总线是否传送。',
  ],
  versions_differ: [() => '各网关运行的版本不同。', '完成滚动更新，或将其撤回。'],
  clocks_differ: [
    (who) => `${who} 的时钟与被询问者不一致。`,
    '检查该处的 NTP（chronyc tracking）：防重放窗口与设备令牌依赖时钟。',
  ],
  policies_differ: [
    () => '各网关依据的策略不同。',
    '等待平台送达，或给所有网关相同的城市文件（city、platform.follow_city）。',
  ],
};

/** Sentence and remedy of a problem. */
export function said({ code, gateways, sentence, remedy }, language) {
  const own = language === 'zh' ? PROBLEMS[code] : undefined;
  return own === undefined ? [sentence, remedy] : [own[0](names(gateways)), own[1]];
}
