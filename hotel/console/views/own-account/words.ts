import { dictionary } from '../../words/dictionary.ts';

export const OWN = dictionary({
  title: { zh: '我的帐号', en: 'My account' },
  passkeys: { zh: '通行密钥', en: 'Passkeys' },
  about: {
    zh: '用指纹、面容、本机密码或安全密钥登录，不必输入密码。密钥不会离开您的设备。',
    en: 'Sign in by fingerprint, the lock of this computer or a security key, without a password. The key does not leave your device.',
  },
  none: { zh: '还没有通行密钥。', en: 'There are none yet.' },
  name: { zh: '名称', en: 'Name' },
  nameHint: { zh: '例如：前台安全密钥', en: 'Such as: key at the front desk' },
  add: { zh: '添加通行密钥', en: 'Add a passkey' },
  added: { zh: '已添加。', en: 'It was added.' },
  notDone: {
    zh: '没有添加：浏览器或设备取消了。',
    en: 'Nothing was added: the browser or the device called it off.',
  },
  remove: { zh: '删除', en: 'Remove' },
  removed: { zh: '已删除。', en: 'It was removed.' },
  since: { zh: '添加于', en: 'Added' },
  cannot: {
    zh: '此地址不能使用通行密钥：请用 localhost 或带域名的 HTTPS 地址打开。',
    en: 'Passkeys cannot be used at this address: open the console at localhost, or over HTTPS by its name.',
  },
});
