namespace CreditExchange.Lookup.Redis;

/// <summary>The one way in which anything gets into the tier: compared and written on the server, in one step.</summary>
internal static class TierScript
{
    /// <summary>Most values in one call: the server answers nobody else meanwhile.</summary>
    public const int MostValues = 200;

    /// <summary>
    /// Keys: a bucket's progress, then values. Arguments: from, to (what changed in between is among the values of this call or
    /// of those before it), to in digits, time to live in ms, then the values. Gives the bucket's progress before, -1 for none, and
    /// whether the bucket begins anew.
    /// </summary>
    /// <remarks>
    /// progress is "floor progress", 20 digits each: every value at or above the floor is right up to the progress. A bucket whose
    /// progress is missing, or older than what the caller wrote last, has lost writes (flushed, evicted, failed over, restored from
    /// an old dump): it begins anew with the floor at its new progress, which makes all older values void. A value is taken when it is
    /// at least as new as the progress and newer than the one in place: a late writer can't bring anything back, not even where the
    /// value in place was evicted. Numbers are doubles in the server, exact up to 2^53.
    /// </remarks>
    public const string Text = """
        local from, to = tonumber(ARGV[1]), tonumber(ARGV[2])
        local found = redis.call('GET', KEYS[1])
        local floor = found and #found == 40 and string.sub(found, 1, 20)
        local before = floor and tonumber(string.sub(found, 21)) or -1
        local progress = before
        local anew = 0
        if before < from then
          redis.call('SET', KEYS[1], ARGV[3] .. ARGV[3], 'PX', ARGV[4])
          progress = to
          anew = 1
        elseif before < to then
          redis.call('SET', KEYS[1], floor .. ARGV[3], 'PX', ARGV[4])
          progress = to
        elseif before == to then
          redis.call('PEXPIRE', KEYS[1], ARGV[4])
        end
        for i = 2, #KEYS do
          local value = ARGV[i + 3]
          local position = tonumber(string.sub(value, 1, 20))
          if position >= progress then
            local old = redis.call('GETRANGE', KEYS[i], 0, 19)
            if (tonumber(old) or -1) < position then
              redis.call('SET', KEYS[i], value, 'PX', ARGV[4])
            end
          end
        end
        return { before, anew }
        """;
}
