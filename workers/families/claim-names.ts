/** Names of personal claims, for families. */
export {
  PERSONAL_CLAIM_NAMES,
  PERSONAL_CLAIMS,
  type PersonalClaim,
} from '../../config/personal-claims.ts';
