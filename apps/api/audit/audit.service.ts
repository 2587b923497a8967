import { type AuditAction, type AuditEntry, auditFields, AuditTrail } from '#jobs';
import { isRedisUnavailable } from '#redis';
import { Logger } from '#telemetry';
import { type BeforeApplicationShutdown, Injectable, type OnModuleInit } from '@nestjs/common';
import { type FastifyRequest } from 'fastify';
import { clientAddress } from '../core/client-address.js';
import { subjectOf } from './audit-subject.js';
import { CountedEntries } from './counted-entries.js';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** What a call of the route is in the audit trail: for all routes that change something, and the reads that are audited. */
    auditAction?: AuditAction;
  }
}

/** How often equal entries are counted together, in milliseconds. */
const COUNT_INTERVAL_MS = 60_000;

/**
 * Audits what requests do: one log line and one record each. The records of accepted changes are written together with the
 * changes (`JobStore`); `accepted` only logs them.
 */
@Injectable()
export class AuditService implements OnModuleInit, BeforeApplicationShutdown {
  private readonly counted = new CountedEntries((entry) => {
    this.record(entry);
  });
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly trail: AuditTrail,
    private readonly logger: Logger,
  ) {}

  onModuleInit(): void {
    this.timer = setInterval(() => {
      this.counted.flush();
    }, COUNT_INTERVAL_MS).unref();
  }

  beforeApplicationShutdown(): void {
    clearInterval(this.timer);
    this.counted.flush();
  }

  /** A change was accepted, and its record is written. */
  accepted(...entries: readonly AuditEntry[]): void {
    for (const entry of entries) this.log(entry);
  }

  /** A request was answered: audits denials, changes that were not accepted, and the reads that are audited. */
  responded(request: FastifyRequest, status: number): void {
    const { auditAction: action = null, public: isPublic = false } = request.routeOptions.config;
    const isDenied = status === 401 || status === 403;
    if (isPublic || request.isAccepted) return;
    if (action === null && !isDenied && request.caller !== null) return;
    const { uid: user = null, realm = null, clientId: client = null } = request.caller ?? request.deniedCaller ?? {};
    const isAnonymous = user === null;
    this.counted.add({
      process: 'api',
      action: isAnonymous ? 'authenticate' : (action ?? 'read'),
      outcome: status < 400 ? 'allowed' : isDenied || isAnonymous ? 'denied' : 'rejected',
      reason: status < 400 ? null : request.refusal,
      user,
      realm,
      client,
      address: clientAddress(request),
      kind: null,
      ...subjectOf(request),
      region: null,
      request_id: request.id,
    });
  }

  private record(entry: AuditEntry): void {
    this.log(entry);
    this.trail.append(entry).catch((error: unknown) => {
      this.logger[isRedisUnavailable(error) ? 'warn' : 'error']('Audit record not written', {
        ...auditFields(entry),
        error,
      });
    });
  }

  private log(entry: AuditEntry): void {
    this.logger.audit('Audit', auditFields(entry));
  }
}
