/** GB/T 39786-2021 clauses 8.5 to 8.8: what the operator's organisation sees to. What the gateway can give to it is said. */
import { type Part, partOf } from './clause.ts';

const RULES = partOf('8.5', { en: 'Rules', zh: '管理制度' }, [
  [
    'shall',
    'operator',
    { en: 'rules for the use of cryptography', zh: '具备密码应用安全管理制度' },
    {
      en: 'Written by the operator; docs/cryptography.md says what they must speak of here.',
      zh: '由运营方制定；docs/cryptography.zh-CN.md 列出其在本系统中须涵盖的内容。',
    },
  ],
  [
    'shall',
    'both',
    { en: 'rules for keys', zh: '密钥管理规则' },
    {
      en: 'The table of keys and the life cycle in docs/cryptography.md are their base.',
      zh: '以 docs/cryptography.zh-CN.md 的密钥清单与生存周期为基础制定。',
    },
  ],
  [
    'shall',
    'both',
    { en: 'procedures of operation', zh: '建立操作规程' },
    {
      en: 'docs/operate.md and docs/cryptography.md have the steps; the operator makes them binding.',
      zh: 'docs/operate.zh-CN.md 与 docs/cryptography.zh-CN.md 给出步骤；由运营方发布执行。',
    },
  ],
  [
    'shall',
    'operator',
    { en: 'regular revision', zh: '定期修订安全管理制度' },
    { en: 'By the operator.', zh: '由运营方负责。' },
  ],
  [
    'shall',
    'operator',
    { en: 'release and versions', zh: '明确管理制度发布流程' },
    { en: 'By the operator.', zh: '由运营方负责。' },
  ],
  [
    'shall',
    'both',
    { en: 'records of what was done', zh: '制度执行过程记录留存' },
    {
      en: 'The audit log of the desk and the log of the gateway record changes of keys and settings; the operator keeps them.',
      zh: '前台审计日志与网关日志记录密钥与设置的变更；由运营方留存。',
    },
  ],
]);

const PERSONNEL = partOf('8.6', { en: 'Personnel', zh: '人员管理' }, [
  [
    'shall',
    'operator',
    { en: 'knowledge of law and rules', zh: '了解并遵守密码相关法律法规和密码管理制度' },
    { en: 'By the operator.', zh: '由运营方负责。' },
  ],
  [
    'shall',
    'both',
    { en: 'posts and duties', zh: '建立密码应用岗位责任制度' },
    {
      en: 'Key custodian, auditor and operator are different persons. The desk has roles for it, and accounts that nobody shares.',
      zh: '密钥管理员、密码安全审计员、密码操作员分设。前台系统提供相应角色，账号一人一号。',
    },
  ],
  [
    'shall',
    'operator',
    { en: 'training', zh: '建立上岗人员培训制度' },
    { en: 'By the operator.', zh: '由运营方负责。' },
  ],
  [
    'shall',
    'operator',
    { en: 'regular examination', zh: '定期进行安全岗位人员考核' },
    { en: 'By the operator.', zh: '由运营方负责。' },
  ],
  [
    'shall',
    'operator',
    { en: 'secrecy and leaving', zh: '建立关键岗位人员保密制度和调离制度' },
    {
      en: 'By the operator. Whoever leaves loses the account at the desk, and what he could read is changed: tokens, PINs, keys in files.',
      zh: '由运营方负责。人员调离时停用其前台账号，并更换其可读取的令牌、PIN 与密钥文件。',
    },
  ],
]);

const BUILDING = partOf('8.7', { en: 'Building and running', zh: '建设运行' }, [
  [
    'shall',
    'operator',
    { en: 'a plan for the use of cryptography', zh: '制定密码应用方案' },
    {
      en: 'Written by the operator; this table is the gateway’s part of it.',
      zh: '由运营方制定；本表为其中网关部分。',
    },
  ],
  [
    'shall',
    'both',
    { en: 'kinds of keys and their life', zh: '制定密钥安全管理策略' },
    {
      en: 'Keys, holders, lives and changes are in the table of uses.',
      zh: '密钥、持有者、生存期与更换方式见用途表。',
    },
  ],
  [
    'shall',
    'operator',
    { en: 'building after the plan', zh: '制定实施方案' },
    { en: 'By the operator.', zh: '由运营方负责。' },
  ],
  [
    'shall',
    'operator',
    { en: 'assessment before going live', zh: '投入运行前进行密码应用安全性评估' },
    { en: 'By an assessor that the state admits.', zh: '由具备资质的测评机构进行。' },
  ],
  [
    'shall',
    'operator',
    { en: 'regular assessment and exercises', zh: '定期开展密码应用安全性评估及攻防对抗演习' },
    { en: 'By the operator, with the assessor.', zh: '由运营方会同测评机构进行。' },
  ],
]);

const EMERGENCY = partOf('8.8', { en: 'Emergencies', zh: '应急处置' }, [
  [
    'shall',
    'both',
    { en: 'a plan for emergencies', zh: '应急策略' },
    {
      en: 'docs/cryptography.md says what to do where a key is lost, known to others, or its holder is silent; the operator makes the plan.',
      zh: 'docs/cryptography.zh-CN.md 说明密钥丢失、泄露或密码机无应答时的处置；应急预案由运营方制定。',
    },
  ],
  [
    'shall',
    'operator',
    { en: 'report of an incident', zh: '事件处置' },
    { en: 'By the operator, to whoever is in charge of the system.', zh: '由运营方向信息系统主管部门报告。' },
  ],
  [
    'shall',
    'operator',
    { en: 'report of what was done', zh: '向有关主管部门上报处置情况' },
    {
      en: 'By the operator, also to the authority for cryptography.',
      zh: '由运营方同时向归属的密码管理部门报告。',
    },
  ],
]);

export const MANAGEMENT_PARTS: readonly Part[] = [RULES, PERSONNEL, BUILDING, EMERGENCY];
