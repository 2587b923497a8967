import { AccessRules } from './access-rules.js';

/** Rules under which every user with the scope `deploy` may do everything, and no caller is an administrator. */
export const OPEN_RULES = new AccessRules({
  deployerScope: 'deploy',
  readScope: 'deploy',
  adminScope: null,
  jobActions: 'all',
  allows: () => true,
});
