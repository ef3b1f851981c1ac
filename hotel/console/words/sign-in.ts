import { dictionary } from './dictionary.ts';

export const SIGN_IN = dictionary({
  title: { zh: '登录', en: 'Sign in' },
  account: { zh: '帐号', en: 'Account' },
  password: { zh: '密码', en: 'Password' },
  enter: { zh: '登录', en: 'Sign in' },
  ended: { zh: '登录已过期，请重新登录。', en: 'The session has ended. Sign in again.' },
  idle: {
    zh: '因长时间没有操作，已自动退出。',
    en: 'You were signed out because nothing was done for a while.',
  },
  passwordTitle: { zh: '设置新密码', en: 'Set a new password' },
  passwordWhy: {
    zh: '这是一次性密码。请先换成自己的密码。',
    en: 'This password is good once. Change it for one of your own first.',
  },
  oldPassword: { zh: '现在的密码', en: 'Password of now' },
  newPassword: { zh: '新密码', en: 'New password' },
  newHint: {
    zh: '至少 15 个字符；可以是几个词。',
    en: '15 characters or more; several words are good.',
  },
  byPasskey: { zh: '用通行密钥登录', en: 'Sign in with a passkey' },
  noPasskey: {
    zh: '没有登录：浏览器或设备取消了。可再试一次，或输入密码。',
    en: 'Not signed in: the browser or the device called it off. Try again, or type the password.',
  },
  changed: { zh: '密码已更改，其他登录已退出。', en: 'The password was changed; other sessions have ended.' },
  change: { zh: '更改密码', en: 'Change it' },
});
