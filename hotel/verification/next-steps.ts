/** What a clerk does next, for every code that a presentation can end in: by the code, else by its domain. */
import { type Code, codeEntry } from '../../config/codes.ts';

export interface Words {
  readonly zh: string;
  readonly en: string;
}

export interface NextStep extends Words {
  readonly step: StepName;
}

const STEPS = {
  check_in: { zh: '可以办理入住。', en: 'Check the guest in.' },
  complete: {
    zh: '请补齐所缺内容，再办理入住。',
    en: 'Fill in what is still needed, then check the guest in.',
  },
  compare: {
    zh: '请核对证件与本人，由您决定是否接受，并写明理由。',
    en: 'Compare the document with the person. You decide whether to accept it, and say why.',
  },
  compare_offline: {
    zh: '系统现在无法查询卡片状态：请核对证件与本人；先按待定办理，恢复后系统会再核验一次。',
    en: 'The state of the card cannot be looked up now: compare document and person. It is judged again when the connection is back.',
  },
  open_fresh: {
    zh: '请客人重新打开二维码（不要用截图），再扫一次。',
    en: 'Ask the guest to open a fresh code, not a picture of one, and scan again.',
  },
  read_again: {
    zh: '没有读完整：请把卡放稳，再读一次；仍不行就擦拭芯片或换证件。',
    en: 'It was not read whole: hold the card still and read it again. If that fails, clean the chip or take another document.',
  },
  other_document: {
    zh: '此证件无法通过核验：请客人出示其他有效证件。',
    en: 'This document cannot be verified: ask for another valid document.',
  },
  holder_proof: {
    zh: '复印件也能这样出示：请客人使用实体卡或手机中的原件。',
    en: 'A copy could be shown as well: ask for the card itself, or the document in the phone that holds it.',
  },
  lost: {
    zh: '此卡已挂失：不要据此办理，请客人出示身份证，并通知值班经理。',
    en: 'The card is reported lost: do not check in by it. Ask for the ID card, and tell the manager on duty.',
  },
  issuer: {
    zh: '此卡已停用：请客人出示其他证件，并联系发卡机构。',
    en: 'The card is not in use: ask for another document. The guest can ask the issuer of the card.',
  },
  newer_card: {
    zh: '此卡已换新：请客人出示新卡或其他证件。',
    en: 'A newer card took its place: ask for the newer card, or another document.',
  },
  expired: {
    zh: '证件已过期或尚未生效：请客人出示有效证件。',
    en: 'The document has expired, or is not yet valid: ask for a valid one.',
  },
  other_scene: {
    zh: '这里不接受这种证件：请选择另一种登记方式（如“外来宾客登记”），再核验一次。',
    en: 'This kind is not taken here: choose the other way of registering (such as guests from elsewhere), and verify again.',
  },
  name_differs: {
    zh: '姓名与证件不一致：请看清证件上的姓名，改正后再核验；仍不一致请核对本人。',
    en: 'The name is not that of the document: look at the name on it, correct it and verify again. If it still differs, look at the person.',
  },
  number_differs: {
    zh: '证件号码不一致：请看清证件上的号码，改正后再核验；仍不一致请核对本人。',
    en: 'The document number differs: look at the number on it, correct it and verify again. If it still differs, look at the person.',
  },
  pin_wrong: {
    zh: '密码不正确：请客人再输入一次，或核对证件与本人。',
    en: 'The PIN is wrong: let the guest enter it once more, or compare document and person.',
  },
  pin_later: {
    zh: '密码错误次数过多：请稍候再试，或核对证件与本人。',
    en: 'Too many wrong PINs: wait before the next, or compare document and person.',
  },
  more_evidence: {
    zh: '此处需要更多证明：请补充姓名与证件号码、密码，或核对证件与本人。',
    en: 'More is needed here: give name and number, a PIN, or compare document and person.',
  },
  not_a_code: {
    zh: '这不是市民卡或证件的码：请客人打开卡片的二维码。',
    en: 'This is no code of a card or document: ask the guest to open the code of the card.',
  },
  card_again: {
    zh: '核验已超时：请重新读卡或扫码。',
    en: 'That took too long: read the card or scan the code again.',
  },
  wait: { zh: '系统繁忙：请稍候几秒再试。', en: 'The system is busy: wait a few seconds, and try again.' },
  correct_entry: { zh: '请改正标出的内容。', en: 'Correct what is marked.' },
  sign_in: { zh: '请重新登录。', en: 'Sign in again.' },
  ask_manager: { zh: '您没有此权限：请值班经理办理。', en: 'You may not do this: ask the manager on duty.' },
  read_anew: {
    zh: '内容已被他人更改：请刷新后再操作。',
    en: 'Somebody else changed it meanwhile: look at it again, then go on.',
  },
  technician: {
    zh: '系统设置有问题：请通知技术人员；客人可先用其他证件登记。',
    en: 'Something is wrong with the system: tell the technician. Until then, register the guest by another document.',
  },
} as const satisfies Record<string, Words>;
export type StepName = keyof typeof STEPS;
export const STEP_NAMES = Object.keys(STEPS) as readonly StepName[];

const BY_CODE: Readonly<Partial<Record<Code, StepName>>> = {
  'deny.family_not_accepted': 'other_scene',
  'deny.region_not_accepted': 'other_scene',
  'deny.holder_not_bound': 'holder_proof',
  'deny.replayed': 'open_fresh',
  'deny.replayable_too_long': 'holder_proof',
  'deny.status_suspended': 'issuer',
  'deny.status_lost': 'lost',
  'deny.status_replaced': 'newer_card',
  'deny.status_cancelled': 'issuer',
  'refer.no_list': 'compare_offline',
  'refer.list_too_old': 'compare_offline',
  'refer.could_not_ask': 'compare_offline',
  'refer.not_resolved': 'compare_offline',
  'refer.named_list_missing': 'compare_offline',
  'refer.risk_budget_spent': 'compare_offline',
  'refer.closed': 'compare_offline',
  'deny.no_list': 'other_document',
  'desk.name_differs': 'name_differs',
  'desk.number_differs': 'number_differs',
  'desk.pin_wrong': 'pin_wrong',
  'desk.pin_later': 'pin_later',
  'desk.evidence_short': 'more_evidence',
  'credential.truncated': 'read_again',
  'credential.data_missing': 'read_again',
  'credential.expired': 'expired',
  'credential.not_yet_valid': 'expired',
  'credential.revoked': 'issuer',
  'credential.key_binding_missing': 'holder_proof',
  'credential.key_binding_stale': 'open_fresh',
  'credential.key_binding_from_future': 'open_fresh',
  'credential.nonce_mismatch': 'open_fresh',
  'credential.audience_mismatch': 'open_fresh',
  'credential.chunked': 'open_fresh',
  'credential.no_document': 'open_fresh',
  'credential.response_status': 'open_fresh',
  'credential.document_error': 'open_fresh',
  'signature.dynamic_data': 'read_again',
  'signature.transaction_hash': 'read_again',
  'signature.challenge': 'read_again',
  'proof.internal': 'technician',
  'scan.foreign': 'not_a_code',
  'scan.unknown': 'not_a_code',
  'tap.scene_not_allowed': 'technician',
  'tap.deadline_exceeded': 'card_again',
  'desk.verification_unknown': 'card_again',
  'desk.unauthenticated': 'sign_in',
  'desk.cross_site': 'sign_in',
  'desk.forbidden': 'ask_manager',
  'desk.conflict': 'read_anew',
  'desk.not_now': 'read_anew',
  'desk.denied': 'other_document',
  'gateway.not_ready': 'technician',
  'gateway.internal': 'technician',
};

const BY_DOMAIN: Readonly<Record<string, StepName>> = {
  credential: 'other_document',
  trust: 'other_document',
  key: 'other_document',
  signature: 'other_document',
  code: 'open_fresh',
  token: 'open_fresh',
  challenge: 'card_again',
  request: 'read_again',
  tap: 'wait',
  gateway: 'wait',
  desk: 'correct_entry',
};

/** `isWanting`: something of the guest is still needed. */
export function nextStep(code: Code, isWanting = false): NextStep {
  const step = stepOf(code, isWanting);
  return { step, ...STEPS[step] };
}

function stepOf(code: Code, isWanting: boolean): StepName {
  const { outcome, retry } = codeEntry(code);
  if (outcome === 'allow') return isWanting ? 'complete' : 'check_in';
  const own = BY_CODE[code];
  if (own !== undefined) return own;
  if (outcome === 'refer') return 'compare';
  if (retry) return 'wait';
  return (
    BY_DOMAIN[code.slice(0, code.indexOf('.'))] ?? (outcome === 'deny' ? 'other_document' : 'technician')
  );
}

/** Large on the screen, where the scene has no words of its own. */
export const OUTCOME_WORDS = {
  allow: { zh: '核验通过', en: 'Verified' },
  refer: { zh: '请人工核验', en: 'Look at the card and its holder' },
  deny: { zh: '核验不通过', en: 'Not verified' },
  none: { zh: '没有读成', en: 'Not read' },
} as const satisfies Record<string, Words>;
