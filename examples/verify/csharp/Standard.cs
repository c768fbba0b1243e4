using System;
using System.Linq;
using System.Security.Cryptography;
using System.Text;

/// <summary>Standard Webhooks: the dialects standard and diddo.</summary>
static class Standard
{
    const long ToleranceSeconds = 300;

    /// <summary>
    /// Whether the body was signed with the secret in the last five minutes. id, timestamp and
    /// signature are the headers webhook-id, webhook-timestamp and webhook-signature ("" when
    /// missing); body is the bytes as they came, before any parser.
    /// </summary>
    public static bool IsGenuine(string id, string timestamp, string signature, byte[] body, string secret)
    {
        var now = DateTimeOffset.UtcNow.ToUnixTimeSeconds();
        if (!uint.TryParse(timestamp, out var at) || Math.Abs(now - at) > ToleranceSeconds) return false;
        var signed = Encoding.UTF8.GetBytes(id + "." + timestamp + ".").Concat(body).ToArray();
        using (var mac = new HMACSHA256(Convert.FromBase64String(secret.Replace("whsec_", ""))))
        {
            var expected = Encoding.UTF8.GetBytes("v1," + Convert.ToBase64String(mac.ComputeHash(signed)));
            // During a rotation there is a signature for each valid secret.
            return signature.Split(' ')
                .Any(given => CryptographicOperations.FixedTimeEquals(expected, Encoding.UTF8.GetBytes(given)));
        }
    }
}
