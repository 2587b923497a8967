/** Lizzy 2's API on top of jobs and reads: what pipelines and lizzy-client know. */
import { AgentController } from './agent.controller.js';
import { AgentStatus } from './agent-status.js';
import { AwaitedChange } from './awaited-change.js';
import { ChangeAnswers } from './change-answers.js';
import { StackChangesController } from './stack-changes.controller.js';
import { StackOptionsController } from './stack-options.controller.js';
import { StackReads } from './stack-reads.js';
import { StacksController } from './stacks.controller.js';
import { WantedChanges } from './wanted-changes.js';

/** The controllers of Lizzy 2's calls. */
export const LIZZY_2_CONTROLLERS = [AgentController, StacksController, StackChangesController, StackOptionsController];

/** What they need beside the API's own providers and `ReadsModule`. */
export const LIZZY_2_PROVIDERS = [AgentStatus, AwaitedChange, ChangeAnswers, StackReads, WantedChanges];
