/** What a clerk reads of a request for a phone document, in both languages. */
import type { Code } from '../../config/codes.ts';
import type { PhoneCode } from '../../config/phone-codes.ts';
import type { PhoneState } from './phone-request.ts';

export interface Words {
  readonly zh: string;
  readonly en: string;
}

const OF_STATES: Readonly<Record<Exclude<PhoneState, 'failed'>, Words>> = {
  made: { zh: '请客人用手机钱包扫描此码', en: 'Ask the guest to scan the code with the wallet on the phone' },
  fetched: { zh: '请客人在手机上确认', en: 'Ask the guest to agree on the phone' },
  answered: { zh: '正在核验', en: 'The document is being checked' },
  judged: { zh: '已核验', en: 'The document was checked' },
  expired: { zh: '此码已过期，请重新出码', en: 'The code has expired: show a new one' },
};

const AGAIN = { zh: '请重新出码再试', en: 'Show a new code and try again' };
const OTHER = { zh: '请换一种证件', en: 'Ask for another document' };
const both = (first: Words, second: Words): Words => ({
  zh: `${first.zh}。${second.zh}`,
  en: `${first.en}. ${second.en}.`,
});

const OF_CODES: Readonly<Record<PhoneCode, Words>> = {
  'phone.too_many': { zh: '未完成的请求太多，请稍候', en: 'Too many codes are open: wait a moment' },
  'phone.no_documents': { zh: '本前台不受理手机证件', en: 'This desk takes no documents from phones' },
  'phone.fetched': both({ zh: '此码已被扫描过', en: 'The code was scanned before' }, AGAIN),
  'phone.answered': both({ zh: '此码已有应答', en: 'The code has been answered already' }, AGAIN),
  'phone.expired': OF_STATES.expired,
  'phone.malformed': both(
    { zh: '手机的应答格式不对', en: 'The phone answered in a form that is not valid' },
    OTHER,
  ),
  'phone.not_decrypted': both(
    {
      zh: '手机的应答不是给此码的，无法解密',
      en: 'The answer of the phone is not for this code: it cannot be opened',
    },
    AGAIN,
  ),
  'phone.state_mismatch': both(
    { zh: '手机的应答属于另一请求', en: 'The answer of the phone belongs to another request' },
    AGAIN,
  ),
  'phone.less_than_asked': both(
    {
      zh: '手机未提供所需的姓名或出生日期',
      en: 'The phone did not share the name or the birth date that are needed',
    },
    OTHER,
  ),
  'phone.more_than_asked': both(
    { zh: '手机提供了多于一份证件', en: 'The phone sent more than one document' },
    AGAIN,
  ),
  'phone.not_asked': both(
    { zh: '手机提供的证件类型不是所要求的', en: 'The phone sent a type of document that was not asked for' },
    OTHER,
  ),
  'phone.declined': both(
    {
      zh: '客人未同意，或手机中没有合适的证件',
      en: 'The guest did not agree, or the phone has no such document',
    },
    OTHER,
  ),
  'phone.wallet_failed': both(
    { zh: '手机钱包报告出错', en: 'The wallet on the phone reported a fault' },
    AGAIN,
  ),
  'phone.not_accepted': both({ zh: '核验不通过', en: 'The document is not accepted' }, OTHER),
  'phone.not_judged': both({ zh: '暂时无法核验', en: 'The document could not be checked now' }, AGAIN),
};

const UNNAMED = both({ zh: '手机证件未能核验', en: 'The phone document was not checked' }, AGAIN);

export function wordsOf(state: PhoneState, code: Code | null): Words {
  if (state !== 'failed') return OF_STATES[state];
  return code !== null && code in OF_CODES ? OF_CODES[code as PhoneCode] : UNNAMED;
}

/** Said where a phone could not reach the address in the code; null: it can, as far as the address says. */
export function reachWords(origin: string): Words | null {
  const { hostname, protocol } = new URL(origin);
  if (isLoopback(hostname)) {
    return {
      zh: `手机无法访问 ${hostname}：请设置 hotel.public_url`,
      en: `Phones cannot reach ${hostname}: set hotel.public_url`,
    };
  }
  if (protocol === 'https:') return null;
  return {
    zh: '手机钱包要求 HTTPS：请设置 hotel.listen.tls 和 hotel.public_url',
    en: 'Wallets on phones ask for HTTPS: set hotel.listen.tls and hotel.public_url',
  };
}

/** As a URL has it. */
function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(hostname);
}
