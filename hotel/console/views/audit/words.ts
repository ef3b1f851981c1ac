import { dictionary } from '../../words/dictionary.ts';

export const AUDIT = dictionary({
  title: { zh: '审计日志', en: 'Audit log' },
  about: {
    zh: '谁查看或更改了什么，为什么。每条记录都与前一条相连；改动、删除或截断都会被发现（onecard desk audit verify）。',
    en: 'Who looked at what or changed it, and why. Each entry is chained to the one before: what is changed, taken out or cut off is noticed (onecard desk audit verify).',
  },
  number: { zh: '序号', en: 'No.' },
  at: { zh: '时间', en: 'When' },
  actor: { zh: '操作者', en: 'Who' },
  action: { zh: '操作', en: 'What' },
  subjects: { zh: '对象', en: 'Of what' },
  reason: { zh: '原因', en: 'Why' },
  newest: { zh: '最新', en: 'Newest' },
  older: { zh: '更早', en: 'Earlier' },
  newer: { zh: '更新', en: 'Later' },
  of: {
    zh: (from: number, to: number, last: number) => `第 ${from}–${to} 条，共 ${last} 条`,
    en: (from: number, to: number, last: number) => `${from} to ${to} of ${last}`,
  },
});
