import { DefinitionParser } from '#definition/parser.js';
import { Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';

/** The parser of definitions, with the lifetime of the API. */
@Injectable()
export class ApiDefinitionParser extends DefinitionParser implements OnModuleInit, OnApplicationShutdown {
  onModuleInit(): void {
    this.start();
  }

  async onApplicationShutdown(): Promise<void> {
    await this.close();
  }
}
