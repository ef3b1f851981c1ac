/** Names of what a register knows of a guest, of what is needed, and of evidence. */
import { dictionary } from './dictionary.ts';

export const CLAIMS = dictionary({
  full_name: { zh: '姓名', en: 'Name' },
  document_kind: { zh: '证件种类', en: 'Kind of document' },
  document_number: { zh: '证件号码', en: 'Document number' },
  birth_date: { zh: '出生日期', en: 'Birth date' },
  sex: { zh: '性别', en: 'Sex' },
  nationality: { zh: '国籍（ISO 代码）', en: 'Nationality (ISO code)' },
  ethnicity: { zh: '民族', en: 'Ethnicity' },
  address: { zh: '住址', en: 'Address' },
  guardian_contact: { zh: '监护人联系方式', en: 'Contact of a guardian' },
  relationship: { zh: '与监护人的关系', en: 'Relationship to the guardian' },
  person_compared: { zh: '核对本人与证件', en: 'Comparison of person and document' },
  male: { zh: '男', en: 'Male' },
  female: { zh: '女', en: 'Female' },
  other: { zh: '其他', en: 'Other' },
});
export type ClaimName = keyof typeof CLAIMS;

export const claimWords = (name: string): string => CLAIMS[name as ClaimName] ?? name;

export const EVIDENCE = dictionary({
  title: { zh: '依据', en: 'Evidence' },
  document: { zh: '证件', en: 'Document' },
  status: { zh: '状态', en: 'Status' },
  holder: { zh: '持有人', en: 'Holder' },
  claims: { zh: '身份信息', en: 'Identity' },
  document_proven: { zh: '签名已验证', en: 'Proven by signatures' },
  document_read: { zh: '已读取，未验证', en: 'Read, not proven' },
  document_declared: { zh: '手工填写', en: 'Written down' },
  status_live: { zh: '刚刚联机查询', en: 'Asked just now' },
  status_list: { zh: '按名单查询', en: 'By a list' },
  status_stale: { zh: '按过期名单查询', en: 'By a list past its time' },
  status_none: { zh: '无法查询', en: 'Nobody could say' },
  holder_none: { zh: '未确认', en: 'Not tied to it' },
  holder_device: { zh: '芯片或手机的密钥', en: 'A key in card or phone' },
  holder_pin: { zh: '密码', en: 'A PIN' },
  holder_person: { zh: '员工核对本人', en: 'A clerk compared the person' },
  claims_signed: { zh: '签发机构签名', en: 'Signed by the issuer' },
  claims_matched: { zh: '与登记信息一致', en: 'Matched' },
  claims_declared: { zh: '客人自述', en: 'As the guest says' },
  age: { zh: (span: string) => `${span}前`, en: (span: string) => `${span} old` },
  levels: { zh: '最高相当于', en: 'At most' },
  superior: { zh: '最高等级证件', en: 'superior evidence' },
});
export type EvidenceName = keyof typeof EVIDENCE;
export const evidenceWords = (name: string): string => {
  const words = EVIDENCE[name as EvidenceName];
  return typeof words === 'string' ? words : name;
};
