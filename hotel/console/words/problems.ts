/** What went wrong and what to do, by code. A code that is not here is shown with the desk's own words. */
import type { HOTEL_CODES } from '../../../config/hotel-codes.ts';
import type { BothWords } from '../client/answers.ts';

interface ProblemWords {
  readonly said: BothWords;
  readonly remedy: BothWords;
}
const words = (zh: string, en: string, zhRemedy: string, enRemedy: string): ProblemWords => ({
  said: { zh, en },
  remedy: { zh: zhRemedy, en: enRemedy },
});

const TRY_AGAIN = ['请重试；不会重复登记。', 'Try again; nothing is registered twice.'] as const;

export type ShownCode = keyof typeof HOTEL_CODES | 'unreachable' | 'request.too_large' | 'gateway.internal';

export const PROBLEM_WORDS: Readonly<Partial<Record<ShownCode, ProblemWords>>> = {
  unreachable: words(
    '连不上前台服务',
    'The desk’s service does not answer',
    '请检查本机与网关之间的网络，然后重试。重试不会重复登记。',
    'Check the network between this computer and the gateway, then try again. Nothing is registered twice.',
  ),
  'reader.none': words(
    '本工位没有连接读卡器',
    'No reader is connected to this workplace',
    '请插好读卡器并启动读卡程序（onecard reader run），或在“读卡器”页配对。',
    'Plug it in and start its agent (onecard reader run), or pair it under Readers.',
  ),
  'phone.too_many': words(
    '未完成的二维码太多',
    'Too many codes for phones are open',
    '请等其中一些结束。',
    'Wait for some to end.',
  ),
  'phone.no_documents': words(
    '本前台没有受理手机证件的场景',
    'No scene of this desk takes documents of phones',
    '请安装人员在 hotel.scenes 中加入受理 mdoc 或 sd-jwt 的场景。',
    'Ask the installer to add one with mdoc or sd-jwt to hotel.scenes.',
  ),
  'desk.sign_in_failed': words(
    '帐号或密码不对，或一次性密码已过期',
    'Account or password is wrong, or the one-time password has run out',
    '请再试一次；忘记密码请经理重置。',
    'Try again; a manager can give you a new one.',
  ),
  'desk.sign_in_later': words(
    '失败次数太多',
    'Too many attempts failed',
    '请稍等片刻再试；不会被永久锁定。',
    'Wait a moment and try again; nothing is locked for good.',
  ),
  'desk.password_to_change': words(
    '须先更改密码',
    'The password must be changed first',
    '请设置自己的密码。',
    'Set one of your own.',
  ),
  'desk.cross_site': words(
    '请求不是来自本控制台',
    'The request did not come from this console',
    '请用 hotel.public_url 的地址打开控制台，重新登录。',
    'Open the console at the address of hotel.public_url, and sign in again.',
  ),
  'desk.passkey_refused': words(
    '这个通行密钥不能用',
    'The passkey was not taken',
    '请重试，或换一个密钥。',
    'Try again, or use another key.',
  ),
  'desk.passkey_needs_name': words(
    '此地址不能使用通行密钥',
    'Passkeys cannot be used at this address',
    '请用 localhost 或 hotel.public_url 打开控制台。',
    'Open the console at localhost, or at hotel.public_url.',
  ),
  'desk.exists': words(
    '已有同名的',
    'There is one of this name already',
    '请换一个名称。',
    'Choose another name.',
  ),
  'desk.too_many_kept': words(
    '数量已到上限',
    'No more can be kept',
    '请删除不用的，或请安装人员提高 hotel.limits。',
    'Remove some, or ask the installer to raise hotel.limits.',
  ),
  'desk.last_manager': words(
    '这是最后一个可用的经理帐号',
    'It is the last account of a manager',
    '请先新建另一个经理帐号。',
    'Make another manager first.',
  ),
  'desk.bureau_silent': words(
    '公安机关的系统没有回应',
    'Public security’s side does not answer',
    '申报仍在排队，会自动重发；快到期时请改用人工录入。',
    'Reports stay queued and are sent again; when they are nearly due, type them in there by hand.',
  ),
  'desk.report_state': words(
    '这份申报现在不能这样处理',
    'That cannot be done to this report now',
    '缺少资料的先补齐客人资料；已受理的无需再办。',
    'Where something of the guest is missing, complete that first; what was taken is done.',
  ),
  'desk.no_interface': words(
    '本酒店不以这种方式申报',
    'Reports are not handed over that way here',
    '请在公安系统中录入，再把回执填到这里。',
    'Type them in at public security, and the receipt here.',
  ),
  'desk.unauthenticated': words('需要登录', 'Nobody is signed in', '请登录。', 'Sign in.'),
  'desk.forbidden': words(
    '您的帐号不能做这件事',
    'Your account may not do this',
    '请经理操作，或由经理更改您的角色。',
    'Ask a manager to do it, or to change your role.',
  ),
  'desk.too_many': words('请求太多', 'Too many requests', '请稍等片刻。', 'Wait a moment.'),
  'desk.invalid': words(
    '有一项内容缺少或不合要求',
    'A field is missing or not of the form it must have',
    '请改正下列各项。',
    'Correct the fields below.',
  ),
  'desk.not_found': words(
    '没有这条记录',
    'There is no such thing at this desk',
    '它可能已被删除。请刷新列表。',
    'It may have been removed. Load the list again.',
  ),
  'desk.conflict': words(
    '其他人刚刚改动了它',
    'Somebody else has just changed it',
    '请重新打开后再改。',
    'Read it again, then change it.',
  ),
  'desk.store_unavailable': words(
    '现在无法写入登记簿，什么都没有做',
    'The register cannot be written now, so nothing was done',
    ...TRY_AGAIN,
  ),
  'desk.gateway_silent': words(
    '网关没有回答，什么都没有做',
    'The gateway does not answer, so nothing was done',
    ...TRY_AGAIN,
  ),
  'request.too_large': words('内容太大', 'It is too large', '请减小内容。', 'Make it smaller.'),
  'gateway.internal': words(
    '前台服务内部出错',
    'The desk failed inside',
    '请重试；仍然出错请告诉管理员。',
    'Try again; if it fails again, tell the manager.',
  ),
  'desk.denied': words(
    '网关拒绝了这个证件，不能据此入住',
    'The gateway denied the document: nobody is checked in by it',
    '请客人出示其他证件。',
    'Ask for another document.',
  ),
  'desk.not_now': words(
    '现在的状态不允许这样做',
    'Its state does not allow that now',
    '请刷新后再看：可能已离店或已撤销。',
    'Load it again: the guest may have left, or was taken back.',
  ),
  'desk.verification_unknown': words(
    '这次核验已过期或已用过',
    'The verification is past its time, or was used',
    '请重新读取证件。',
    'Read the document again.',
  ),
  'desk.idempotency_key_reused': words(
    '这个请求与先前的冲突',
    'The request clashes with an earlier one',
    '请重新加载页面后再试。',
    'Load the page again, then try again.',
  ),
  'desk.in_flight': words(
    '同样的请求还在处理',
    'The same request is still being worked on',
    '请稍等片刻再试。',
    'Wait a moment, then try again.',
  ),
  'desk.no_workplace': words(
    '还没有选择工位',
    'No workplace is chosen',
    '请在顶部选择工位。',
    'Choose one in the bar at the top.',
  ),
  'desk.console_unbuilt': words(
    '控制台没有构建好',
    'The console could not be built',
    '请告诉管理员：日志里有原因。',
    'Tell the manager: the log says why.',
  ),
  'desk.not_over': words(
    '客人仍在住，或申报尚未被接受',
    'The guest is still in the house, or a report is not accepted yet',
    '请先处理这些。',
    'See to that first.',
  ),
  'desk.plan_changed': words(
    '到期的内容已经变了',
    'What is due has changed',
    '请重新查看计划。',
    'Ask for the plan again.',
  ),
  'desk.webhook_address': words(
    '这个地址不能用于通知',
    'The address cannot be used for a webhook',
    '请检查地址。',
    'Check the address.',
  ),
  'desk.webhooks_full': words(
    '通知地址的数量已到上限',
    'No more webhooks can be kept',
    '请先移除不用的。',
    'Remove one that is not used.',
  ),
};
