/** What a clerk reads when a reader or a card does not do what it should: what it is, and what to do. */
import type { CardFault } from '../../client/reader/card/card-error.ts';
import type { ReaderFault } from '../../client/reader/wire.ts';

export interface BothWords {
  readonly zh: string;
  readonly en: string;
}

/** Why a reading came to nothing. */
export type ReadingFault =
  | CardFault
  /** The connection to the reader broke. */
  | 'reader.lost'
  /** What was read is signed for another number than the gateway's. */
  | 'reader.wrong_challenge'
  /** It could not be judged. */
  | 'reader.not_judged';

export const READING_WORDS: Readonly<Record<ReadingFault, BothWords>> = {
  'card.removed': {
    zh: '卡片过早移开。请重新放卡，保持不动直到提示完成。',
    en: 'The card left too early. Put it back, and leave it until this says it is done.',
  },
  'card.unreadable': {
    zh: '读不出这张卡。请擦净芯片，换个方向再放一次。',
    en: 'This card cannot be read. Wipe its chip, turn it round, and put it on again.',
  },
  'card.no_application': {
    zh: '这张卡没有可用的应用，不能在此核验。请使用其他证件。',
    en: 'This card has no application that can be proven here. Use another document.',
  },
  'card.blocked': {
    zh: '发卡机构已锁定这张卡。请使用其他证件。',
    en: 'Its issuer has blocked this card. Use another document.',
  },
  'card.malformed': {
    zh: '卡片的数据不符合标准，不予采信。请使用其他证件。',
    en: 'What this card says breaks its standard, so it is not believed. Use another document.',
  },
  'card.refused': {
    zh: '卡片拒绝了一条命令。请再试一次，仍不行则使用其他证件。',
    en: 'The card refused a command. Try once more, then use another document.',
  },
  'card.endless': {
    zh: '卡片的应答没有尽头，已停止读取。请使用其他证件。',
    en: 'The card’s answers have no end, so reading was stopped. Use another document.',
  },
  'card.not_provable': {
    zh: '这张卡不能证明自己不是复制品。请使用其他证件。',
    en: 'This card cannot prove that it is no copy. Use another document.',
  },
  'card.too_slow': { zh: '读卡超时。请再放一次。', en: 'The card was not read in time. Put it on again.' },
  'reader.lost': {
    zh: '与读卡器的连接中断。请检查读卡器，再放一次卡。',
    en: 'The connection to the reader broke. Look after the reader, then put the card on again.',
  },
  'reader.wrong_challenge': {
    zh: '签名所用的随机数不是本次的，已拒绝。请再放一次卡；若再次出现，请停用这台读卡器并报告。',
    en: 'It was signed for another number than the one given this time, and is refused. Put the card on again; if it happens twice, stop using this reader and report it.',
  },
  'reader.not_judged': {
    zh: '网关此刻无法判断。请再放一次卡。',
    en: 'The gateway could not judge it now. Put the card on again.',
  },
};

export type ReaderStanding = 'none' | 'offline' | ReaderFault | 'ready';

export const READER_WORDS: Readonly<Record<ReaderStanding, BothWords>> = {
  none: { zh: '本工位没有配对的读卡器。', en: 'No reader is paired with this workplace.' },
  offline: {
    zh: '读卡器未连接。请在插着读卡器的电脑上启动读卡程序（onecard reader run）。',
    en: 'The reader is not connected. Start its agent at the PC it is plugged into (onecard reader run).',
  },
  no_service: {
    zh: '读卡电脑上没有运行智能卡服务（Debian：pcscd）。',
    en: 'No smart-card service runs at the reader’s PC (Debian: pcscd).',
  },
  no_library: {
    zh: '读卡电脑上缺少智能卡服务的程序库（Debian：libpcsclite1）。',
    en: 'The library of the smart-card service is missing at the reader’s PC (Debian: libpcsclite1).',
  },
  no_reader: { zh: '没有插入读卡器。', en: 'No reader is plugged in.' },
  port_unusable: { zh: '扫码器的串口无法使用。', en: 'The serial port of the scanner cannot be used.' },
  ready: { zh: '读卡器就绪。', en: 'The reader is ready.' },
};
