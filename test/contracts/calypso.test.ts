import { calypso } from '#dialects/calypso/index.ts';
import { client } from './clients/calypso.ts';
import { dialectServerContract } from './dialect-server.ts';
import { dialectContract } from './dialect.ts';

dialectContract(calypso, client, 'test/fixtures/calypso');
dialectServerContract(calypso, client, 'test/fixtures/calypso');
