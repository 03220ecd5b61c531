// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

// A wallet of one owner, as small as EIP-1271 allows, for the tests of contract signatures.
//
// SmallWallet.json holds what the compiler makes of it. In a folder with this file:
//   npm install solc@0.8.37
//   npx solcjs --bin --optimize SmallWallet.sol
contract SmallWallet {
    bytes4 private constant MAGIC = 0x1626ba7e;

    address public owner;

    constructor(address first) {
        owner = first;
    }

    // Signatures of the owner before hold no longer.
    function hand(address next) external {
        require(msg.sender == owner, "not the owner");
        owner = next;
    }

    function isValidSignature(bytes32 hash, bytes calldata signature) external view returns (bytes4) {
        require(signature.length == 65, "length");
        bytes32 r = bytes32(signature[0:32]);
        bytes32 s = bytes32(signature[32:64]);
        address signer = ecrecover(hash, uint8(signature[64]), r, s);
        return signer != address(0) && signer == owner ? MAGIC : bytes4(0xffffffff);
    }
}
