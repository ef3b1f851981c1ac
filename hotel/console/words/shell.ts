import { dictionary } from './dictionary.ts';

export const SHELL = dictionary({
  product: { zh: '一卡通酒店前台', en: 'Onecard hotel desk' },
  skip: { zh: '跳到内容', en: 'Skip to the content' },
  views: { zh: '页面', en: 'Views' },
  language: { zh: '语言', en: 'Language' },
  theme: { zh: '外观', en: 'Theme' },
  themeSystem: { zh: '跟随系统', en: 'As the system' },
  themeLight: { zh: '浅色', en: 'Light' },
  themeDark: { zh: '深色', en: 'Dark' },
  desk: { zh: '工位', en: 'Desk' },
  noDesk: { zh: '未选工位', en: 'No desk' },
  signOut: { zh: '退出', en: 'Sign out' },
  keys: { zh: '快捷键', en: 'Keys' },
  keysTitle: { zh: '快捷键', en: 'Keyboard' },
  keysHint: {
    zh: '所有操作都可以用键盘完成：Tab 移动，Enter 执行，Esc 关闭对话框。',
    en: 'Everything works by keyboard: Tab moves, Enter acts, Esc closes a dialog.',
  },
  key: { zh: '按键', en: 'Key' },
  does: { zh: '作用', en: 'What it does' },
  openView: { zh: (title: string) => `打开“${title}”`, en: (title: string) => `Open “${title}”` },
  close: { zh: '关闭', en: 'Close' },
  cancel: { zh: '取消', en: 'Cancel' },
  loading: { zh: '正在加载…', en: 'Loading…' },
  failed: { zh: '此页面出错了', en: 'This view failed' },
  failedNext: {
    zh: '已登记的内容不受影响。请重新加载；如果仍然出错，请告诉管理员下面的名称。',
    en: 'Nothing that was registered is touched. Load it again; if it fails again, tell the manager the name below.',
  },
  reload: { zh: '重新加载', en: 'Load again' },
  noView: { zh: '没有这个页面', en: 'There is no such view' },
  noViewNext: {
    zh: '它不存在，或您的帐号无权查看。请从左侧选择。',
    en: 'It does not exist, or your account may not see it. Choose one of the list.',
  },
  noViews: {
    zh: '您的帐号没有可用的页面。请联系管理员。',
    en: 'There is no view for your account. Ask the manager.',
  },
  remedy: { zh: '怎么办', en: 'What to do' },
  fields: { zh: '需要改正', en: 'To be corrected' },
  again: { zh: '重试', en: 'Try again' },
  more: { zh: '显示更多', en: 'Show more' },
  none: { zh: '没有', en: 'None' },
  unreachable: {
    zh: '连不上前台服务',
    en: 'The desk’s service does not answer',
  },
  unreachableNext: {
    zh: '请检查本机与网关之间的网络，然后重试。重试不会重复登记。',
    en: 'Check the network between this computer and the gateway, then try again. Trying again registers nothing twice.',
  },
  insecure: {
    zh: '此页面不是通过 TLS 打开的：摄像头、串口扫码枪和通行密钥在这里不可用。请让安装人员设置 hotel.listen.tls。',
    en: 'This page was not opened over TLS: camera, serial scanner and passkeys do not work here. Ask the installer to set hotel.listen.tls.',
  },
  retryIn: {
    zh: (seconds: number) => `请在 ${seconds} 秒后重试。`,
    en: (seconds: number) => `Try again in ${seconds} s.`,
  },
});
