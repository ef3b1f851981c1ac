import { dictionary } from '../../words/dictionary.ts';

export const PHONE = dictionary({
  about: {
    zh: '客人用手机里的电子证件（驾照、身份证件）办理，无需交出手机。',
    en: 'The guest shows a document that the phone holds (driving licence, identity), without handing the phone over.',
  },
  show: { zh: '出示二维码', en: 'Show a code' },
  again: { zh: '重新出码', en: 'Show a new code' },
  browser: { zh: '向本设备索取', en: 'Ask this device' },
  browserHint: {
    zh: '证件就在这台设备上，或由浏览器连接附近的手机。',
    en: 'The document is on this device, or the browser connects to a phone nearby.',
  },
  stop: { zh: '取消', en: 'Stop' },
  codeOf: {
    zh: '供客人手机扫描的二维码',
    en: 'QR code for the wallet on the guest’s phone',
  },
  left: {
    zh: (time: string) => `剩余 ${time}`,
    en: (time: string) => `${time} left`,
  },
  refused: { zh: '浏览器没有给出证件', en: 'The browser gave no document' },
  refusedNext: {
    zh: '客人未同意，或没有合适的证件。请改用二维码或换一种证件。',
    en: 'The guest did not agree, or there is no such document. Use the code, or another document.',
  },
});
