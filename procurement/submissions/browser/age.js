// The part of the library that Préau uses, under one name of the page: `age`.
export { Decrypter, Encrypter, generateX25519Identity, identityToRecipient } from "age-encryption";
