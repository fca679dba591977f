// Tracks with the points of a minute as one value, whose form is that of track-bytes.ts, and how
// many they are beside it. Rows of before had four arrays, of instants, degrees and km/h, rounded
// as they are now; a number that can be none of these is not known. They are written into a table
// of their own, so that their room is given back, without room for versions that never come.
//
// A minute is written about twice while it is driven. No indexed column changes, so that the second
// version needs no entry in an index where its page has room for it (HOT).
import type { Migration } from '../migrate.ts'

/** Of whole numbers, as in model/track-steps.ts. */
const packedColumn = `create function packed_column(units bigint[]) returns bytea language plpgsql immutable as $$
  declare
    bytes bytea := '';
    codes bigint[] := array[cardinality(units)];
    unit bigint;
    step bigint;
    last bigint;
    way bigint := 0;
    zeros bigint := 0;
    code bigint;
  begin
    foreach unit in array units loop
      if unit is null then
        step := null;
      else
        step := unit - (coalesce(last, 0) + way);
        way := coalesce(unit - last, 0);
        last := unit;
      end if;
      if step = 0 then
        zeros := zeros + 1;
        continue;
      end if;
      if zeros > 0 then codes := codes || array[1, zeros]; zeros := 0; end if;
      codes := codes || case when step is null then 0 when step > 0 then 2 * step else 1 - 2 * step end;
    end loop;
    if zeros > 0 then codes := codes || array[1, zeros]; end if;
    foreach code in array codes loop
      while code >= 128 loop
        bytes := bytes || set_byte('\\x00', 0, (code & 127 | 128)::integer);
        code := code >> 7;
      end loop;
      bytes := bytes || set_byte('\\x00', 0, code::integer);
    end loop;
    return bytes;
  end $$`

/** Far beyond any degree or speed. */
const valueMax = '1e6'
const units = (column: string, perUnit: string): string =>
  `packed_column(array(select case when abs(value) < ${valueMax} then round(value * ${perUnit})::bigint end
     from unnest(${column}) with ordinality as each (value, place) order by place))`

export const packedTracks: Migration = {
  version: 15,
  name: 'packed-tracks',
  statements: [
    packedColumn,
    `alter table tracks rename to tracks_before`,
    `create table tracks (
       id text collate "C" not null,
       tenant text collate "C" not null,
       vehicle text collate "C" not null,
       minute_at bigint not null,
       samples integer not null,
       points bytea not null
     ) with (toast_tuple_target = 8160)`,
    `insert into tracks (id, tenant, vehicle, minute_at, samples, points)
     select id, tenant, vehicle, minute_at, cardinality(at),
       packed_column(array(select instant - minute_at from unnest(at) with ordinality as each (instant, place) order by place))
       || ${units('lat', '1e7')} || ${units('lon', '1e7')} || ${units('speed_kmh', '100')}
     from tracks_before order by minute_at`,
    `alter table tracks set (fillfactor = 80)`,
    `drop table tracks_before`,
    `drop function packed_column`,
    `alter table tracks add primary key (id)`,
    `create index tracks_of_vehicle on tracks (tenant, vehicle, minute_at)`,
    `create index tracks_by_age on tracks (minute_at)`,
  ],
}
