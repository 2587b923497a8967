import { defineScript } from '#redis';
import { z } from 'zod';
import { AUDIT_FIELDS } from './audit-record.js';

/**
 * Lua function that appends audit records, for scripts that change a job: the records are written together with the change.
 *
 * audit_append(key, text): `text` is what `packEntries` makes. Returns whether the records were written.
 */
export const AUDIT_FUNCTION = `
local AUDIT_FIELDS = {${AUDIT_FIELDS.map((field) => `'${field}'`).join(', ')}}

local function audit_append(key, text)
  for _, values in ipairs(cjson.decode(text)) do
    local list = {}
    for i, field in ipairs(AUDIT_FIELDS) do
      table.insert(list, field)
      table.insert(list, values[i])
    end
    local reply = redis.pcall('XADD', key, '*', unpack(list))
    if type(reply) == 'table' and reply.err then
      redis.log(redis.LOG_WARNING, 'lizzy: audit record not written: ' .. reply.err .. ': ' .. text)
      return false
    end
  end
  return true
end
`;

/** Appends records. KEYS: audit. ARGV: 1 entries, 2 how many records are kept. Reply: 1, or 0 when it cannot be written. */
export const auditScript = defineScript(
  'append-audit',
  `${AUDIT_FUNCTION}
  if not audit_append(KEYS[1], ARGV[1]) then return 0 end
  redis.call('XTRIM', KEYS[1], 'MAXLEN', '~', ARGV[2])
  return 1
  `,
  z.number(),
);
