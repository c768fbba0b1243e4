using System;
using System.Security.Cryptography;
using System.Text;

/// <summary>The dialect spritz.</summary>
static class Spritz
{
    /// <summary>
    /// Whether the body was signed with the secret: the secret that you set, with its prefix.
    /// signature is the header Signature ("" when missing); body is the bytes as they came, before
    /// any parser.
    /// </summary>
    public static bool IsGenuine(string signature, byte[] body, string secret)
    {
        using (var mac = new HMACSHA256(Encoding.UTF8.GetBytes(secret)))
        {
            var hex = BitConverter.ToString(mac.ComputeHash(body)).Replace("-", "").ToLowerInvariant();
            var (expected, given) = (Encoding.UTF8.GetBytes(hex), Encoding.UTF8.GetBytes(signature));
            return CryptographicOperations.FixedTimeEquals(expected, given);
        }
    }
}
