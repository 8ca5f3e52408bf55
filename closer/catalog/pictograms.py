"""A pictogram for each department, on a field of 240 by 240; `currentColor` is the palette's accent."""

from __future__ import annotations

#: For a department that has none of its own: a parcel.
PLAIN = '<path d="M30 80 120 36l90 44v96l-90 44-90-44z"/><path fill="none" d="M30 80l90 44 90-44M120 124v96"/>'

PICTOGRAMS: dict[str, str] = {
    "electronics": (
        '<rect x="66" y="12" width="108" height="216" rx="18"/>'
        '<rect x="78" y="36" width="84" height="158" rx="4" fill="#fff" fill-opacity=".82"/>'
        '<path fill="none" d="M108 211h24M110 24h20"/>'
        '<path fill="none" stroke="currentColor" d="M92 150l18-26 16 16 22-34"/>'
    ),
    "computers": (
        '<rect x="40" y="44" width="160" height="112" rx="10"/>'
        '<rect x="53" y="57" width="134" height="86" rx="3" fill="#fff" fill-opacity=".82"/>'
        '<path d="M14 172h212l-12 26a12 12 0 0 1-11 7H37a12 12 0 0 1-11-7z"/>'
        '<path fill="none" d="M98 186h44"/>'
        '<path fill="none" stroke="currentColor" d="M76 84l18 16-18 16M106 118h30"/>'
    ),
    "kitchen": (
        '<path d="M44 96h132v66a44 44 0 0 1-44 44H88a44 44 0 0 1-44-44z"/>'
        '<path fill="none" d="M176 112h14a24 24 0 0 1 0 50h-14"/>'
        '<path fill="none" stroke="currentColor" d="M82 70c-12-14 12-22 0-38M112 70c-12-14 12-22 0-38M142 70c-12-14 12-22 0-38"/>'
        '<path d="M26 212h172"/>'
    ),
    "home": (
        '<path d="M48 108V76a28 28 0 0 1 28-28h88a28 28 0 0 1 28 28v32"/>'
        '<path d="M24 122a22 22 0 0 1 44 0v22h104v-22a22 22 0 0 1 44 0v58a12 12 0 0 1-12 12H36a12 12 0 0 1-12-12z"/>'
        '<path fill="none" d="M50 192v18M190 192v18M120 48v94"/>'
        '<circle cx="94" cy="106" r="13" fill="currentColor"/>'
    ),
    "clothing": (
        '<path d="M86 34c8 20 60 20 68 0l56 28-20 52-26-8v104H76V106l-26 8-20-52z"/>'
        '<path fill="none" d="M86 34c8 28 60 28 68 0M164 106V86M76 106V86"/>'
        '<path fill="none" stroke="currentColor" d="M104 128h32"/>'
    ),
    "shoes": (
        '<path d="M22 86c18 20 44 20 58-2l58 56c16 12 40 12 58 18 16 6 22 16 22 30H34c-12 0-16-6-16-16z"/>'
        '<path fill="none" d="M18 172h200M98 104l-18 18M116 120l-18 18M134 138l-16 16"/>'
        '<path fill="none" stroke="currentColor" d="M34 130c10 8 26 8 38 0"/>'
    ),
    "beauty": (
        '<rect x="76" y="84" width="88" height="128" rx="14"/>'
        '<path d="M98 84V60h44v24M106 60V38h28v22"/>'
        '<rect x="90" y="118" width="60" height="54" rx="4" fill="#fff" fill-opacity=".82"/>'
        '<path fill="none" stroke="currentColor" d="M120 130c16 10 16 26 0 34-16-8-16-24 0-34z"/>'
        '<path fill="none" d="M134 46h24l10 12"/>'
    ),
    "sports": (
        '<rect x="22" y="82" width="26" height="76" rx="8"/><rect x="52" y="62" width="28" height="116" rx="9"/>'
        '<rect x="192" y="82" width="26" height="76" rx="8"/><rect x="160" y="62" width="28" height="116" rx="9"/>'
        '<path d="M80 110h80v20H80z"/>'
        '<path fill="none" stroke="currentColor" d="M104 206c10 8 22 8 32 0M96 34c16-10 32-10 48 0"/>'
    ),
    "toys": (
        '<circle cx="76" cy="58" r="26"/><circle cx="164" cy="58" r="26"/><circle cx="120" cy="92" r="60"/>'
        '<path d="M70 140c-28 20-34 66-6 74h112c28-8 22-54-6-74"/>'
        '<circle cx="120" cy="110" r="22" fill="#fff" fill-opacity=".82"/>'
        '<path fill="none" d="M98 80v2M142 80v2M112 104h16l-8 9zM120 113v8"/>'
        '<circle cx="120" cy="182" r="20" fill="currentColor"/>'
    ),
    "books": (
        '<path d="M120 62c-24-20-60-24-92-18v142c32-6 68-2 92 18 24-20 60-24 92-18V44c-32-6-68-2-92 18z"/>'
        '<path fill="none" d="M120 62v142M50 78c18-2 34 2 48 8M50 108c18-2 34 2 48 8M142 86c14-6 30-10 48-8"/>'
        '<path fill="currentColor" d="M150 40v62l16-14 16 14V41"/>'
    ),
    "garden": (
        '<path d="M60 132h120l-16 76a10 10 0 0 1-10 8H86a10 10 0 0 1-10-8z"/>'
        '<path d="M50 108h140v26H50z"/>'
        '<path fill="none" d="M120 108V62"/>'
        '<path fill="currentColor" d="M120 76C84 78 66 56 66 26c34-2 54 18 54 50zM120 62c0-26 18-44 50-40 0 28-18 46-50 40z"/>'
    ),
    "pets": (
        '<path d="M120 112c34 0 62 40 62 66 0 22-18 30-36 24-18-6-34-6-52 0-18 6-36-2-36-24 0-26 28-66 62-66z"/>'
        '<ellipse cx="52" cy="108" rx="19" ry="26" transform="rotate(-22 52 108)"/>'
        '<ellipse cx="188" cy="108" rx="19" ry="26" transform="rotate(22 188 108)"/>'
        '<ellipse cx="92" cy="62" rx="20" ry="29"/><ellipse cx="148" cy="62" rx="20" ry="29"/>'
        '<path fill="none" stroke="currentColor" d="M104 166c8 8 24 8 32 0"/>'
    ),
}
