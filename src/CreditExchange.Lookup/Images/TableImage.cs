using CreditExchange.Lookup.Effects;
using CreditExchange.Lookup.Index;

namespace CreditExchange.Lookup.Images;

/// <summary>The parts of the index as an image holds them.</summary>
internal static class TableImage
{
    private const long MostItems = int.MaxValue;

    public static void Write(ImageWriter to, EffectCodes codes)
    {
        to.Number(codes.Count);
        for (uint code = 0; code < codes.Count; code++)
        {
            var shape = codes[code];
            to.Text(shape.ListCode);
            to.Text(shape.Role);
            to.Number(shape.IsReverse ? 1 : 0);
            to.Number((long)shape.State);
            to.Text(shape.Region);
            to.Text(shape.Agency);
            to.Text(shape.Agreement);
            to.Number(shape.Measures.Length);
            foreach (var measure in shape.Measures)
            {
                to.Text(measure);
            }
        }
    }

    public static void Read(ImageReader from, EffectCodes codes)
    {
        var count = from.Count(MostItems);
        for (uint code = 0; code < count; code++)
        {
            var shape = new EffectShape(
                Shared(from), Shared(from), from.Number() != 0, (V1.ListingState)from.Number(), Shared(from), Shared(from), Shared(from),
                new string[from.Count(1_024)]);
            for (var i = 0; i < shape.Measures.Length; i++)
            {
                shape.Measures[i] = Shared(from);
            }

            if (codes.Restore(shape) != code)
            {
                throw ImageReader.Broken();
            }
        }
    }

    public static void Write(ImageWriter to, EntityTable entities)
    {
        to.Number(entities.Count);
        to.Number(entities.Last);
        WriteChunks(to, entities.Rows, entities.Last + 1L);
    }

    public static void Read(ImageReader from, EntityTable entities)
    {
        var count = from.Count(MostItems);
        var last = from.Number();
        ReadChunks(from, entities.Rows, last + 1);
        entities.Restore(count, (uint)last);
    }

    public static void Write(ImageWriter to, SubjectTable table, uint lastEntity)
    {
        var parts = table.Parts;
        to.Number(parts.Next);
        WriteChunks(to, parts.Entries, parts.Next);
        to.Number(parts.Free.Count);
        to.Raw<uint>(parts.Free.ToArray());
        for (var shard = 0; shard < Buckets.ShardCount; shard++)
        {
            var (words, filled) = parts.Buckets.Content(shard);
            to.Number(words.Length);
            to.Number(filled);
            to.Raw<uint>(words);
        }

        WriteMany(to, parts.Many);
        var (first, more) = parts.Ways.Content;
        WriteChunks(to, first, lastEntity + 1L);
        to.Number(more.Count);
        foreach (var (entity, stems) in more)
        {
            to.Number(entity);
            to.Number(stems.Length);
            to.Raw<uint>(stems);
        }
    }

    public static void Read(ImageReader from, SubjectTable table, uint lastEntity)
    {
        var parts = table.Parts;
        var next = from.Number();
        ReadChunks(from, parts.Entries, next);
        var free = new uint[from.Count(next)];
        from.Raw<uint>(free);
        for (var i = free.Length - 1; i >= 0; i--)
        {
            parts.Free.Push(free[i]);
        }

        for (var shard = 0; shard < Buckets.ShardCount; shard++)
        {
            var words = new uint[from.Count(MostItems)];
            var filled = from.Count(MostItems);
            from.Raw<uint>(words);
            parts.Buckets.Restore(shard, words, filled);
        }

        ReadMany(from, parts.Many);
        var (first, more) = parts.Ways.Content;
        ReadChunks(from, first, lastEntity + 1L);
        for (var i = from.Count(MostItems); i > 0; i--)
        {
            var entity = (uint)from.Number();
            from.Raw<uint>(more[entity] = new uint[from.Count(MostItems)]);
        }

        table.Restore((uint)next);
    }

    private static void WriteMany(ImageWriter to, ManyEffects many)
    {
        to.Number(many.Count);
        for (uint number = 0; number < many.Count; number++)
        {
            var effects = many.Find(number) ?? [];
            to.Number(effects.Length);
            foreach (var effect in effects)
            {
                to.Raw<uint>([effect.Code, effect.Entity, effect.NamePrint]);
                to.Raw<long>([effect.FromTicks, effect.UntilTicks, effect.OwnTimes?.Length ?? -1]);
                foreach (var (begin, end) in effect.OwnTimes ?? [])
                {
                    to.Raw<long>([begin, end]);
                }
            }
        }
    }

    private static void ReadMany(ImageReader from, ManyEffects many)
    {
        var count = from.Count(MostItems);
        Span<uint> numbers = stackalloc uint[3];
        Span<long> times = stackalloc long[3];
        for (uint number = 0; number < count; number++)
        {
            var effects = new SubjectEffect[from.Count(MostItems)];
            for (var i = 0; i < effects.Length; i++)
            {
                from.Raw(numbers);
                from.Raw(times);
                var own = times[2] < 0 ? null : new (long, long)[times[2] <= 1_024 ? times[2] : throw ImageReader.Broken()];
                for (var m = 0; m < own?.Length; m++)
                {
                    own[m] = (from.Number(), from.Number());
                }

                effects[i] = new SubjectEffect(numbers[0], numbers[1], numbers[2], times[0], times[1], own);
            }

            if (effects.Length > 0)
            {
                many.Restore(number, effects);
            }
        }
    }

    private static void WriteChunks<T>(ImageWriter to, Chunks<T> chunks, long count)
        where T : unmanaged
    {
        for (var number = 0; (long)number * Chunks<T>.ChunkLength < count; number++)
        {
            var length = (int)Math.Min(Chunks<T>.ChunkLength, count - ((long)number * Chunks<T>.ChunkLength));
            var chunk = chunks.Chunk(number);
            to.Number(chunk is null ? 0 : length);
            to.Raw<T>(chunk is null ? [] : chunk.AsSpan(0, length));
        }
    }

    private static void ReadChunks<T>(ImageReader from, Chunks<T> chunks, long count)
        where T : unmanaged
    {
        if (count is < 0 or > uint.MaxValue)
        {
            throw ImageReader.Broken();
        }

        for (var number = 0; (long)number * Chunks<T>.ChunkLength < count; number++)
        {
            var length = from.Count(Chunks<T>.ChunkLength);
            if (length > 0)
            {
                chunks.Ensure((uint)(number * (long)Chunks<T>.ChunkLength));
                from.Raw(chunks.Chunk(number).AsSpan(0, length));
            }
        }
    }

    private static string Shared(ImageReader from) => Domain.Verdicts.CodePool.Share(from.Text());
}
