import * as qanto from 'qanto';
import * as dag from 'qanto/dag';
import exercise from '../../../exercise.cjs';

export const dynamic = 'force-dynamic';

export async function GET() {
  await exercise(qanto, dag);
  return new Response('ok');
}
