/** Where digests name or check something that is protected otherwise, or that others have said how to do. */
import type { GivenUse, Use } from './use.ts';

const NAMED = {
  properties: ['integrity'],
  layer: 'application',
  key: null,
  clause: '8.4 g)',
} as const satisfies Partial<GivenUse>;

export const CONTENT_USES = {
  'content-revision': {
    ...NAMED,
    what: {
      en: 'Revisions of trust and city: a name of what a document says',
      zh: '信任文档与城市文档的版本号：文档内容的名称',
    },
    given: ['SHA-256'],
    why: {
      en: 'Four to eight bytes that name content, the same at every gateway and at the platform whatever their profile. It protects nothing: the document is covered by the platform’s signature.',
      zh: '取四至八字节作内容名称，各网关与平台无论采用何种算法体系均一致。不作保护用途：文档由平台签名保护。',
    },
  },
  'kept-clock': {
    ...NAMED,
    what: { en: 'The last time that was signed, kept over a restart', zh: '最近一次签名时间（重启后保留）' },
    given: ['SHA-256'],
    why: {
      en: 'A check digit against a torn file. Who can write the folder can write it anew; the time itself comes from signed documents.',
      zh: '用于发现文件残缺的校验位。可写目录者可重写该文件；时间本身取自签名文档。',
    },
  },
  'server-library': {
    ...NAMED,
    layer: 'device',
    clause: '8.3 f)',
    what: {
      en: 'The server library that is loaded: the pinned build and no other',
      zh: '加载的服务器库：仅限固定版本',
    },
    given: ['SHA-256'],
    why: {
      en: 'Looked at before settings are read, against a list in the source that anybody can check with the tools of the system. Signed packages are the operator’s (8.3 f).',
      zh: '在读取设置前按源码内列表核对，任何人可用系统工具复核。软件包签名由运营方负责（8.3 f）。',
    },
  },
  'console-build': {
    ...NAMED,
    layer: 'device',
    clause: '8.3 f)',
    what: {
      en: 'Which build of the console belongs to which sources, in a clone',
      zh: '源码与前台界面构建产物的对应关系（仅开发环境）',
    },
    given: ['SHA-256'],
    why: {
      en: 'An installed package has one build and names none.',
      zh: '安装包仅含一份构建产物，不作此计算。',
    },
  },
  'page-policy': {
    ...NAMED,
    what: { en: 'Styles of pages that stand alone', zh: '独立页面的样式' },
    given: ['SHA-256'],
    why: {
      en: 'Content Security Policy Level 3 of the W3C knows SHA-2 alone; browsers check it.',
      zh: 'W3C 内容安全策略第 3 级仅支持 SHA-2，由浏览器校验。',
    },
  },
  'socket-handshake': {
    ...NAMED,
    layer: 'network',
    clause: '8.2 b)',
    what: { en: 'The handshake of WebSocket', zh: 'WebSocket 握手' },
    given: ['SHA-1'],
    why: {
      en: 'RFC 6455 clause 1.3: it shows that a server speaks WebSocket, and protects nothing.',
      zh: 'RFC 6455 第 1.3 条：仅表明服务器支持 WebSocket，不作保护用途。',
    },
  },
} as const satisfies Readonly<Record<string, Use>>;
