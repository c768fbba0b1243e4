using System;
using System.Security.Cryptography;
using System.Text.RegularExpressions;

/// <summary>The dialect chip.</summary>
static class Chip
{
    /// <summary>
    /// Whether the body was signed for the webhook with this public_key (PEM). signature is the
    /// header X-Signature ("" when missing); body is the bytes as they came, before any parser.
    /// </summary>
    public static bool IsGenuine(string signature, byte[] body, string publicKey)
    {
        using (var key = RSA.Create())
        {
            var der = Convert.FromBase64String(Regex.Replace(publicKey, "-----[A-Z ]+-----", ""));
            key.ImportSubjectPublicKeyInfo(der, out _);
            try
            {
                var given = Convert.FromBase64String(signature);
                return key.VerifyData(body, given, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
            }
            catch (FormatException)
            {
                return false;
            }
        }
    }
}
