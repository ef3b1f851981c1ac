/** GB/T 39786-2021 clauses 8.1 to 8.4: what is protected by technical means. */
import { type Part, partOf, servicesAndProducts } from './clause.ts';

const SOFTWARE_ALONE = {
  en: 'Level two of GB/T 37092 or above. The gateway is software and has no certificate of its own: its keys are put into a certified cipher machine or token (crypto.keys, docs/key-holders.md).',
  zh: '须达到 GB/T 37092 二级及以上。网关为软件，自身无产品认证：其密钥应置于经认证的密码机或密码卡中（crypto.keys，见 docs/key-holders.md）。',
};

const PHYSICAL = partOf('8.1', { en: 'Physical and environmental security', zh: '物理和环境安全' }, [
  [
    'should',
    'operator',
    { en: 'authentication of persons', zh: '身份鉴别' },
    {
      en: 'Doors of the machine room: a certified access system. The gateway proves who passes its own gates, not who enters the room it stands in.',
      zh: '机房门禁：使用经认证的电子门禁系统。网关核验通过闸机者的身份，不负责其所在机房的出入。',
    },
  ],
  [
    'should',
    'operator',
    { en: 'integrity of the records of doors', zh: '电子门禁记录数据存储完整性' },
    {
      en: 'Kept by the access system of the machine room.',
      zh: '由机房电子门禁系统保证。',
    },
  ],
  [
    'should',
    'operator',
    { en: 'integrity of the records of cameras', zh: '视频监控记录数据存储完整性' },
    { en: 'Kept by the video system of the machine room.', zh: '由机房视频监控系统保证。' },
  ],
  ...servicesAndProducts({
    en: 'Access and video systems of level two of GB/T 37092 or above.',
    zh: '门禁与视频监控所用密码产品须达到 GB/T 37092 二级及以上。',
  }),
]);

const NETWORK = partOf('8.2', { en: 'Network and communication security', zh: '网络和通信安全' }, [
  [
    'shall',
    'both',
    { en: 'authentication of the parties', zh: '身份鉴别' },
    {
      en: 'Devices sign tokens with keys of their own; lists and trust are signed by the platform. Of the channel itself: the front ends TLCP with the certificates that the operator gets from a CA.',
      zh: '设备以自有密钥签发令牌；名单与信任文档由平台签名。信道本身：由前置代理终结 TLCP，证书由运营方向 CA 申请。',
    },
  ],
  [
    'should',
    'both',
    { en: 'integrity in communication', zh: '通信数据完整性' },
    {
      en: 'TLCP of the front, which the operator puts before the gateway (docs/tlcp.md).',
      zh: '由运营方部署在网关之前的 TLCP 前置代理保证（docs/tlcp.zh-CN.md）。',
    },
  ],
  [
    'shall',
    'both',
    { en: 'confidentiality of important data in communication', zh: '通信过程中重要数据的机密性' },
    {
      en: 'TLCP of the front, which the operator puts before the gateway; the gateway itself listens on loopback or a Unix socket alone.',
      zh: '由运营方部署的 TLCP 前置代理保证；网关自身仅监听回环地址或 Unix 套接字。',
    },
  ],
  [
    'should',
    'operator',
    { en: 'integrity of access rules at the border', zh: '网络边界访问控制信息的完整性' },
    { en: 'Of firewalls and gateways at the border of the network.', zh: '由网络边界的防火墙等设备保证。' },
  ],
  [
    'may',
    'both',
    { en: 'admission of devices to the network', zh: '安全接入认证' },
    {
      en: 'Enrolled devices alone are served. Whether a device may join the network at all is the operator’s to decide.',
      zh: '网关只为已登记的设备服务；设备能否接入网络由运营方控制。',
    },
  ],
  ...servicesAndProducts({
    en: 'The front is software: where level two of GB/T 37092 is asked of the channel, a certified TLCP gateway stands in its place; the gateway behind it stays as it is.',
    zh: '前置代理为软件：如要求信道产品达到 GB/T 37092 二级，应以经认证的 TLCP（SSL VPN）网关代替，其后的本网关无需改动。',
  }),
]);

const DEVICE = partOf('8.3', { en: 'Security of devices and computing', zh: '设备和计算安全' }, [
  [
    'shall',
    'operator',
    { en: 'authentication of who logs on to the machine', zh: '身份鉴别' },
    {
      en: 'Log-on of administrators to the operating system, with a certified key or card.',
      zh: '管理员登录操作系统：使用经认证的智能密码钥匙等。',
    },
  ],
  [
    'shall',
    'both',
    { en: 'channel for remote management', zh: '远程管理通道安全' },
    {
      en: 'The address for operators is loopback unless it is set otherwise, and goes through the front. Remote shells are the operator’s.',
      zh: '运维地址默认仅为回环地址，对外经前置代理。远程登录通道由运营方保证。',
    },
  ],
  [
    'should',
    'operator',
    { en: 'integrity of access rules of the system', zh: '系统资源访问控制信息完整性' },
    { en: 'Of the operating system.', zh: '由操作系统保证。' },
  ],
  [
    'should',
    'operator',
    { en: 'integrity of labels', zh: '重要信息资源安全标记完整性' },
    { en: 'Where the operating system has labels, it keeps them.', zh: '如操作系统使用安全标记，由其保证。' },
  ],
  [
    'should',
    'both',
    { en: 'integrity of logs', zh: '日志记录完整性' },
    {
      en: 'The journal of decisions and the audit log of the desk are chained and signed. The process log and the logs of the operating system are the operator’s to keep.',
      zh: '核验日志与前台审计日志以杂凑链、签名保护。进程日志与操作系统日志由运营方保护。',
    },
  ],
  [
    'should',
    'operator',
    { en: 'integrity and origin of programs', zh: '重要可执行程序完整性、来源真实性' },
    {
      en: 'The gateway refuses a server library other than the pinned one, and asks every algorithm for its known answer when it starts; whoever can change files could change both. Signed packages, or a trusted boot, are the operator’s.',
      zh: '网关启动时核对服务器库的固定杂凑值，并对全部算法做已知答案自检；但能修改文件者可同时修改二者。软件包签名与可信启动由运营方负责。',
    },
  ],
  ...servicesAndProducts(SOFTWARE_ALONE),
]);

const APPLICATION = partOf('8.4', { en: 'Security of application and data', zh: '应用和数据安全' }, [
  [
    'shall',
    'gateway',
    { en: 'authentication of users', zh: '身份鉴别' },
    {
      en: 'Card holders prove what the card’s issuer made; devices and operators prove keys, passwords and passkeys. What is given by an issuer or a browser is named below.',
      zh: '持卡人按发卡方的方式证明身份；设备与操作员以密钥、口令及通行密钥鉴别。由发卡方或浏览器规定的算法在下表注明。',
    },
  ],
  [
    'should',
    'gateway',
    { en: 'integrity of access rules', zh: '访问控制信息完整性' },
    {
      en: 'Card lists, deltas, trust and the city document are signed by the platform and held to it; the roll of devices of a cluster carries a MAC.',
      zh: '名单、增量、信任文档与城市文档由平台签名并校验；集群共享的设备名册带消息鉴别码。',
    },
  ],
  [
    'should',
    'operator',
    { en: 'integrity of labels', zh: '重要信息资源安全标记完整性' },
    { en: 'The gateway has no labels.', zh: '网关不使用安全标记。' },
  ],
  [
    'shall',
    'both',
    { en: 'confidentiality of important data in transit', zh: '重要数据传输机密性' },
    {
      en: 'Questions to the platform and exports are sealed; everything else goes through the front of clause 8.2.',
      zh: '向平台的询问与导出文件由网关加密；其余数据经 8.2 所述前置代理传输。',
    },
  ],
  [
    'shall',
    'both',
    { en: 'confidentiality of important data in storage', zh: '重要数据存储机密性' },
    {
      en: 'The guest register is sealed; the journal holds pseudonyms and no names. Signing keys in files are kept by file rights alone: put them into a cipher machine (docs/key-holders.md).',
      zh: '旅客登记簿加密保存；核验日志仅含假名，不含姓名。存于文件的签名密钥仅由文件权限保护：应置于密码机（docs/key-holders.md）。',
    },
  ],
  [
    'should',
    'gateway',
    { en: 'integrity of important data in transit', zh: '重要数据传输完整性' },
    {
      en: 'Answers of status, lists, trust, uploads and webhooks are signed or carry a MAC, whatever the channel.',
      zh: '状态应答、名单、信任文档、日志上传与回调通知均带签名或消息鉴别码，与信道无关。',
    },
  ],
  [
    'should',
    'gateway',
    { en: 'integrity of important data in storage', zh: '重要数据存储完整性' },
    {
      en: 'Journal in a hash tree with signed checkpoints; register sealed with a tag; audit log chained under a MAC.',
      zh: '核验日志以杂凑树与签名检查点保护；登记簿密文带鉴别标签；审计日志以带密钥杂凑链保护。',
    },
  ],
  [
    'should',
    'gateway',
    { en: 'non-repudiation', zh: '不可否认性' },
    {
      en: 'Checkpoints of the journal and receipts are signed by the gateway; card holders’ proofs are kept as what was verified, not as the proof itself.',
      zh: '日志检查点与回执由网关签名；持卡人的证明以核验结果留存，不保存证明原文。',
    },
  ],
  ...servicesAndProducts(SOFTWARE_ALONE),
]);

export const TECHNICAL_PARTS: readonly Part[] = [PHYSICAL, NETWORK, DEVICE, APPLICATION];
