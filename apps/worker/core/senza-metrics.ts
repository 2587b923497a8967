import { type CommandStart } from '#senza';
import { Injectable } from '@nestjs/common';
import { Histogram, type Registry } from 'prom-client';

const SECONDS = [0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15, 60, 300];

/** Durations of Senza's commands, and how many started without the template. */
@Injectable()
export class SenzaMetrics {
  private readonly durations = new Histogram({
    name: 'lizzy_senza_command_duration_seconds',
    help: 'Duration of Senza commands; start is warm (a fork of the template), cold (without it) or executable',
    labelNames: ['command', 'start'],
    buckets: SECONDS,
    registers: [],
  });

  /** A command has exited, with any outcome. */
  ended(command: string, start: CommandStart, durationMs: number): void {
    this.durations.observe({ command, start }, durationMs / 1000);
  }

  /** Adds them to a registry. */
  registerIn(registry: Registry): void {
    registry.registerMetric(this.durations);
  }
}
