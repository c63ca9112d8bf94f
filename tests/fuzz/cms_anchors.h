// SPDX-License-Identifier: Apache-2.0
// The anchors of corpus/cms and what was signed there, for fuzz_cms.cpp. Written by make-package-seeds.
#pragma once

namespace tests {

inline constexpr char cms_manifest[] = "version=R7\nproduct-code=HG1\n";

inline constexpr char cms_anchors[] =
    "-----BEGIN CERTIFICATE-----\n"
    "MIIBdDCCARugAwIBAgIUHawMCmzOybXSqCzmp8EsoEyWaX8wCgYIKoZIzj0EAwIw\n"
    "DzENMAsGA1UEAwwEcm9vdDAgFw0yNjExMjEwMTQ0MzFaGA8yMTI2MTAyODAxNDQz\n"
    "MVowDzENMAsGA1UEAwwEcm9vdDBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABCi2\n"
    "pEfZRRm9L4VbI7RXpZUCWwhJxuRCVvBNB52bw6Q0AkumWEG2T0arbNMaqhiFniv3\n"
    "AHMo7vcSEt4UBPHdnrujUzBRMB0GA1UdDgQWBBQpvLac81fshOkWa0/5hOPlIZbK\n"
    "czAfBgNVHSMEGDAWgBQpvLac81fshOkWa0/5hOPlIZbKczAPBgNVHRMBAf8EBTAD\n"
    "AQH/MAoGCCqGSM49BAMCA0cAMEQCICC1QGTVAOIlouwNTX7RIdV0sI27QqW0TDtz\n"
    "EQAfMw4gAiApmFyu3mF2msptomJmi38hHwVKPrMg7lfwdQUg+a9gdA==\n"
    "-----END CERTIFICATE-----\n"
    "-----BEGIN CERTIFICATE-----\n"
    "MIIBdTCCARygAwIBAgITQP5kq7l7sIkCY9FaRYA4J7u9DDAKBggqhkjOPQQDAjAQ\n"
    "MQ4wDAYDVQQDDAVvdGhlcjAgFw0yNjExMjEwMTQ0MzJaGA8yMTI2MTAyODAxNDQz\n"
    "MlowEDEOMAwGA1UEAwwFb3RoZXIwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAATK\n"
    "0Ft2OgQdk4tft3thNSEU+wpJY0Zuu7MsHc7ZLdFN/M2MyuTqSmH6fLqTG0E6k39k\n"
    "9h1SF+SJO5YvBVv2ttGyo1MwUTAdBgNVHQ4EFgQU4nZbXtQpmHgwSRYeh+XQl/Wx\n"
    "y8EwHwYDVR0jBBgwFoAU4nZbXtQpmHgwSRYeh+XQl/Wxy8EwDwYDVR0TAQH/BAUw\n"
    "AwEB/zAKBggqhkjOPQQDAgNHADBEAiAvxFG02DoSDDnWA8qeIkEPsBMxgXFAQwmU\n"
    "Mw/EPPjh8QIgcdODsaG2g4Kfnxuh7U4P4GENgKQhNAeoPDFlBhJXvw0=\n"
    "-----END CERTIFICATE-----\n";

}  // namespace tests
