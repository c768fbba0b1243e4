import type { Scheme } from './scheme.ts';

export function java(scheme: Scheme): string {
  switch (scheme.kind) {
    case 'timed':
      return `import static java.nio.charset.StandardCharsets.UTF_8;

import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.Base64;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

class Verification {
    // id, timestamp, signature: the headers webhook-id, webhook-timestamp, ${scheme.header}.
    // body: the bytes as they came, before any parser.
    static boolean isGenuine(String id, String timestamp, String signature, byte[] body, String secret)
            throws GeneralSecurityException {
        long now = System.currentTimeMillis() / 1000;
        if (!timestamp.matches("\\\\d{1,12}") || Math.abs(now - Long.parseLong(timestamp)) > 300) return false;
        byte[] key = Base64.getDecoder().decode(secret.replace("whsec_", ""));
        Mac mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(key, "HmacSHA256"));
        mac.update((id + "." + timestamp + ".").getBytes(UTF_8));
        String expected = "v1," + Base64.getEncoder().encodeToString(mac.doFinal(body));
        for (String entry : signature.split(" ")) {
            if (MessageDigest.isEqual(expected.getBytes(UTF_8), entry.getBytes(UTF_8))) return true;
        }
        return false;
    }
}
`;
    case 'hmac': {
      const name = scheme.hash === 'sha256' ? 'HmacSHA256' : 'HmacSHA512';
      return `import static java.nio.charset.StandardCharsets.UTF_8;

import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.HexFormat;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

class Verification {
    // signature: the header ${scheme.header}. body: the bytes as they came, before any parser.
    static boolean isGenuine(String signature, byte[] body, String secret) throws GeneralSecurityException {
        Mac mac = Mac.getInstance("${name}");
        mac.init(new SecretKeySpec(secret.getBytes(UTF_8), "${name}"));
        String expected = HexFormat.of().formatHex(mac.doFinal(body));
        return MessageDigest.isEqual(expected.getBytes(UTF_8), signature.getBytes(UTF_8));
    }
}
`;
    }
    default:
      return `import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.Signature;
import java.security.spec.X509EncodedKeySpec;
import java.util.Base64;

class Verification {
    // signature: the header ${scheme.header}. body: the bytes as they came, before any parser.
    // publicKey: the public key of the endpoint, in PEM.
    static boolean isGenuine(String signature, byte[] body, String publicKey) {
        try {
            String base64 = publicKey.replaceAll("-----[A-Z ]+-----", "");
            byte[] der = Base64.getMimeDecoder().decode(base64);
            Signature verifier = Signature.getInstance("SHA256withRSA");
            verifier.initVerify(KeyFactory.getInstance("RSA").generatePublic(new X509EncodedKeySpec(der)));
            verifier.update(body);
            return verifier.verify(Base64.getDecoder().decode(signature));
        } catch (GeneralSecurityException | IllegalArgumentException error) {
            return false;
        }
    }
}
`;
  }
}
