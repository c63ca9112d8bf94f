// SPDX-License-Identifier: Apache-2.0
// A folder with a vendor, the CA above it, an older CA that never heard of it, and packages that the vendor signed: as
// somebody makes them who has openssl and omcast. For tests of the commands that send and take packages.
#pragma once

#include <doctest/doctest.h>

#include <cstdlib>
#include <string>

#include "tests/tools/run_command.h"

namespace tests {

class SignedPackages {
public:
    SignedPackages() {
        folder.write("leaf.ext", "keyUsage=digitalSignature\nextendedKeyUsage=codeSigning\n");
        for (const char* ca : {"ca", "old-ca"})
            run("openssl req -x509 " + new_key(ca) + " -out " + path(ca, "pem") + " -subj /CN=" + ca +
                " -days 3650 -addext basicConstraints=critical,CA:TRUE -addext keyUsage=keyCertSign,cRLSign");
        for (const char* signer : {"vendor", "operator"}) {
            run("openssl req " + new_key(signer) + " -out " + path(signer, "csr") + " -subj /CN=" + signer);
            run("openssl x509 -req -in " + path(signer, "csr") + " -CA " + path("ca", "pem") + " -CAkey " +
                path("ca", "key") + " -CAcreateserial -days 3650 -extfile " + folder.file("leaf.ext") + " -out " +
                path(signer, "pem"));
        }
    }

    std::string ca() const { return path("ca", "pem"); }
    std::string old_ca() const { return path("old-ca", "pem"); }

    /// An image of `octets` octets that begins with `first`.
    std::string image(const std::string& name, std::size_t octets, char first = 'o') const {
        std::string text(octets, first);
        unsigned x = 1;
        for (std::size_t i = 1; i < text.size(); ++i) text[i] = static_cast<char>((x = x * 69069 + 1) >> 24);
        return folder.write(name, text);
    }

    /// A package of it for the product BOX, version V2, security counter 7, signed by the vendor.
    std::string pack(const std::string& image, const std::string& further = "") const {
        const std::string package = image + ".pkg";
        const Ran ran =
            omcast("image pack " + image + " --product-code BOX --version V2 --security-counter 7 --sign " +
                   path("vendor", "key") + " --cert " + path("vendor", "pem") + " -o " + package + " " + further);
        REQUIRE_MESSAGE(ran.status == 0, ran.errors);
        return package;
    }

    TemporaryFolder folder;

private:
    std::string path(const std::string& name, const char* kind) const { return folder.file(name + "." + kind); }
    std::string new_key(const std::string& name) const {
        return "-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout " + path(name, "key");
    }
    void run(const std::string& command) const { REQUIRE(std::system((command + " 2>/dev/null").c_str()) == 0); }
};

}  // namespace tests
