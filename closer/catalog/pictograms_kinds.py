"""Pictograms of kinds of products, on the same field as the departments'; a kind that has none takes its department's."""

from __future__ import annotations

_GLASS = 'fill="#fff" fill-opacity=".82"'
_LINE = 'fill="none"'
_ACCENT = 'fill="none" stroke="currentColor"'

_HEADPHONES = (
    f'<path {_LINE} stroke-width="14" d="M44 150v-26a76 76 0 0 1 152 0v26"/>'
    '<rect x="28" y="132" width="44" height="76" rx="18"/><rect x="168" y="132" width="44" height="76" rx="18"/>'
    f'<path {_ACCENT} d="M50 152v36M190 152v36"/>'
)
_BIKE = (
    f'<circle {_LINE} cx="58" cy="158" r="48"/><circle {_LINE} cx="182" cy="158" r="48"/>'
    f'<path {_LINE} stroke-width="10" d="M58 158l38-72h66l20 72M96 86l34 72H58M130 158l36-60M84 74h28M156 64h26"/>'
    '<circle cx="130" cy="158" r="10" fill="currentColor"/>'
)
_SPEAKER = (
    '<rect x="58" y="24" width="124" height="192" rx="26"/><circle cx="120" cy="144" r="42" fill="#fff" fill-opacity=".82"/>'
    f'<circle {_ACCENT} cx="120" cy="144" r="18"/><circle cx="120" cy="66" r="18" fill="#fff" fill-opacity=".82"/>'
)
_WATCH = (
    '<path d="M88 18h64l8 50H80zM80 172h80l-8 50H88z"/><rect x="62" y="62" width="116" height="116" rx="30"/>'
    f'<rect x="80" y="80" width="80" height="80" rx="18" {_GLASS}/><path {_ACCENT} d="M120 98v24l18 12"/>'
)
_CABLE = (
    '<rect x="64" y="70" width="112" height="130" rx="20"/>'
    f'<path {_LINE} d="M94 70V36M146 70V36"/><path {_ACCENT} d="M128 100l-26 40h36l-26 38"/>'
)
_SCREEN = (
    '<rect x="18" y="38" width="204" height="130" rx="10"/>'
    f'<rect x="32" y="52" width="176" height="102" rx="3" {_GLASS}/><path d="M96 168h48l8 34H88z"/>'
    f'<path {_LINE} d="M66 204h108"/><path {_ACCENT} d="M60 132l34-40 26 24 40-46"/>'
)
_EARBUDS = (
    '<rect x="48" y="104" width="144" height="104" rx="34"/>'
    f'<path {_LINE} d="M48 146h144"/><circle cx="86" cy="66" r="28"/><circle cx="154" cy="66" r="28"/>'
    '<circle cx="120" cy="172" r="7" fill="currentColor"/>'
)
_TABLET = (
    '<rect x="44" y="18" width="152" height="204" rx="16"/>'
    f'<rect x="58" y="36" width="124" height="160" rx="4" {_GLASS}/><path {_ACCENT} d="M82 152l26-34 20 18 30-42"/>'
    f'<path {_LINE} d="M110 209h20"/>'
)
_KEYBOARD = (
    '<rect x="14" y="74" width="212" height="100" rx="14"/>'
    f'<path {_LINE} stroke-dasharray="12 14" d="M36 100h170M36 124h170"/><path {_ACCENT} d="M78 150h84"/>'
)
_MOUSE = (
    '<path d="M64 108a56 56 0 0 1 112 0v40a56 56 0 0 1-112 0z"/>'
    f'<path {_LINE} d="M120 54v56M64 112h112M120 50V18"/><path {_ACCENT} d="M120 74v20"/>'
)
_PRINTER = (
    f'<path {_LINE} d="M66 88V34h108v54"/><rect x="26" y="88" width="188" height="86" rx="14"/>'
    f'<rect x="66" y="144" width="108" height="66" {_GLASS}/><path {_ACCENT} d="M86 168h68M86 188h44"/>'
    '<circle cx="184" cy="112" r="7" fill="currentColor"/>'
)
_BOX_DEVICE = (
    '<rect x="28" y="118" width="184" height="72" rx="16"/>'
    f'<path {_LINE} d="M70 118V46M170 118V46"/><path {_ACCENT} d="M96 154h48"/>'
    '<circle cx="60" cy="154" r="7" fill="currentColor"/><circle cx="180" cy="154" r="7" fill="currentColor"/>'
)
_PAN = (
    f'<path {_LINE} stroke-width="18" d="M164 116h66"/><path d="M14 94h152v22a54 54 0 0 1-54 54H68a54 54 0 0 1-54-54z"/>'
    f'<path {_ACCENT} d="M60 74c-10-12 10-18 0-32M92 74c-10-12 10-18 0-32M124 74c-10-12 10-18 0-32"/>'
)
_KNIFE = (
    '<path d="M24 150L170 34c20 22 6 62-26 90l-40 30z"/><path d="M24 150l26-8 54 12-58 56a20 20 0 0 1-28-28z"/>'
    '<circle cx="46" cy="184" r="6" fill="currentColor"/>'
)
_BLENDER = (
    '<path d="M70 24h100l-14 116H84z"/><path d="M84 140h72l14 72H70z"/>'
    f'<path {_LINE} d="M170 40h28v52l-34 16"/><circle cx="120" cy="178" r="13" {_GLASS}/>'
    f'<path {_ACCENT} d="M90 76h60"/>'
)
_COFFEE = (
    '<path d="M40 30h160v36h-22v34H62V66H40z"/><path d="M40 66h34v116h118v32H40z"/>'
    f'<path d="M92 132h72v24a26 26 0 0 1-26 26h-20a26 26 0 0 1-26-26z" {_GLASS}/><path {_ACCENT} d="M120 104v20M138 104v20"/>'
)
_KETTLE = (
    '<path d="M66 84h96l26 120H40z"/>'
    f'<path {_LINE} d="M164 92c44-6 48 62 18 82M68 104l-34-26M84 84a32 20 0 0 1 62 0M114 64V50"/>'
    f'<path {_ACCENT} d="M84 176h64"/>'
)
_BOARD = (
    '<path d="M60 70h120a16 16 0 0 1 16 16v122H44V86a16 16 0 0 1 16-16z"/><path d="M96 70V40a24 24 0 0 1 48 0v30"/>'
    f'<path {_ACCENT} d="M74 108v76M104 108v76"/><circle cx="120" cy="44" r="8" {_GLASS}/>'
)
_LAMP = (
    '<path d="M78 26h84l32 92H46z"/>'
    f'<path {_LINE} stroke-width="10" d="M120 118v84"/><path d="M78 202h84v14H78z"/>'
    f'<path {_ACCENT} d="M60 144l-14 22M180 144l14 22M150 118v26"/>'
)
_CHAIR = (
    '<rect x="72" y="16" width="96" height="98" rx="20"/><rect x="54" y="124" width="132" height="26" rx="12"/>'
    f'<path {_LINE} d="M120 150v34M66 212l54-28 54 28M120 184v30M42 96v38M198 96v38"/>'
    '<circle cx="66" cy="214" r="7" fill="currentColor"/><circle cx="174" cy="214" r="7" fill="currentColor"/>'
)
_SHELF = (
    '<rect x="42" y="18" width="156" height="204" rx="6"/>'
    f'<path {_LINE} d="M42 86h156M42 154h156"/><path d="M62 36h14v50H62zM82 44h14v42H82zM142 104h14v50h-14z" {_GLASS}/>'
    f'<path {_ACCENT} d="M166 108l12 46M70 206h48M62 138h40"/>'
)
_BED = (
    '<path d="M22 120a16 16 0 0 1 16-16h164a16 16 0 0 1 16 16v66H22z"/>'
    f'<path {_LINE} d="M22 186v24M218 186v24M38 104V56h164v48"/><rect x="52" y="74" width="60" height="36" rx="12" {_GLASS}/>'
    f'<rect x="128" y="74" width="60" height="36" rx="12" {_GLASS}/><path {_ACCENT} d="M40 146h160"/>'
)
_CANDLE = (
    '<path d="M68 104h104v108H68z"/>'
    f'<path {_LINE} d="M120 104V84"/><path d="M120 22c30 30 22 60 0 62-22-2-30-32 0-62z" fill="currentColor"/>'
    f'<path {_ACCENT} d="M92 140h56"/>'
)
_JACKET = (
    '<path d="M82 26l38 26 38-26 50 34 12 130-36 6-8-84v106H64V112l-8 84-36-6L32 60z"/>'
    f'<path {_LINE} d="M120 52v166M82 26l38 60 38-60"/><path {_ACCENT} d="M82 156h20M138 156h20"/>'
)
_TROUSERS = (
    '<path d="M66 20h108l16 202h-48L120 92 98 222H50z"/>'
    f'<path {_LINE} d="M62 50h116M120 50v42"/><path {_ACCENT} d="M74 70l20 6M166 70l-20 6"/>'
)
_DRESS = (
    '<path d="M88 18l12 30h40l12-30 18 8-16 76 44 116H42L86 102 70 26z"/>'
    f'<path {_LINE} d="M86 102h68"/><path {_ACCENT} d="M96 130l-18 72M144 130l18 72M120 130v72"/>'
)
_BEANIE = (
    '<circle cx="120" cy="40" r="22" fill="currentColor"/><path d="M46 164a74 102 0 0 1 148 0z"/>'
    f'<rect x="34" y="160" width="172" height="44" rx="16"/><path {_LINE} d="M74 168v28M104 168v28M136 168v28M166 168v28"/>'
)
_SOCKS = (
    '<path d="M84 18h70v112l46 34a30 30 0 0 1-30 52l-74-46a28 28 0 0 1-12-24z"/>'
    f'<path {_LINE} d="M84 54h70"/><path {_ACCENT} d="M84 76h70M84 96h70M176 168l-14 30"/>'
)
_BOOTS = (
    '<path d="M66 22h82v96c14 22 66 18 74 56v30H66z"/>'
    f'<path {_LINE} d="M58 204h170M66 178h158"/><path {_ACCENT} d="M104 62h34M104 86h34M112 110h34"/>'
)
_SANDALS = (
    '<path d="M18 168c50 10 140-16 204-2v22c0 12-8 18-20 18H36c-12 0-18-10-18-22z"/>'
    f'<path {_LINE} stroke-width="14" d="M66 172c4-60 56-84 82-56M206 168c-8-44-44-66-58-52"/><circle cx="146" cy="118" r="9" fill="currentColor"/>'
)
_TUBE = (
    '<path d="M72 22h96l-10 156H82z"/><rect x="86" y="178" width="68" height="38" rx="8"/>'
    f'<path {_LINE} d="M70 38h100"/><path {_ACCENT} d="M100 78h40M104 100h32"/>'
)
_LIPSTICK = (
    '<rect x="76" y="128" width="88" height="88" rx="8"/><rect x="88" y="92" width="64" height="36"/>'
    f'<path d="M96 92V50l48-26v68z" fill="currentColor"/><path {_LINE} d="M76 156h88"/>'
)
_BRUSH = (
    '<path d="M100 22h40a10 10 0 0 1 10 10v40h-60V32a10 10 0 0 1 10-10z" fill="#fff" fill-opacity=".82"/>'
    f'<path {_LINE} d="M104 26v42M120 26v42M136 26v42"/><path d="M92 72h56l8 146H84z"/><circle {_ACCENT} cx="120" cy="124" r="14"/>'
)
_DRYER = (
    '<path d="M18 62l54-14h70a50 50 0 0 1 0 100H72l-54-14z"/><path d="M98 148h44l-10 70h-30z"/>'
    f'<circle cx="142" cy="98" r="22" {_GLASS}/><path {_ACCENT} d="M46 82v34M64 78v42"/>'
)
_TENT = (
    f'<path d="M120 36l104 172H16z"/><path d="M120 108l52 100H68z" {_GLASS}/>'
    f'<path {_LINE} d="M120 36V16M120 108v100"/><path {_ACCENT} d="M62 172l-14 22M178 172l14 22"/>'
)
_BOTTLE = (
    '<path d="M84 74a30 30 0 0 1 72 0v128a18 18 0 0 1-18 18h-36a18 18 0 0 1-18-18z"/><rect x="94" y="16" width="52" height="32" rx="8"/>'
    f'<path {_LINE} d="M84 104h72M84 176h72"/><path {_ACCENT} d="M110 124v32M130 124v32"/>'
)
_MAT = (
    f'<path d="M60 60h148v132H60z"/><circle cx="60" cy="126" r="66"/><circle cx="60" cy="126" r="40" {_GLASS}/>'
    f'<circle {_ACCENT} cx="60" cy="126" r="16"/><path {_LINE} d="M150 60v132M182 60v132"/>'
)
_BACKPACK = (
    '<path d="M52 100a68 68 0 0 1 136 0v104a14 14 0 0 1-14 14H66a14 14 0 0 1-14-14z"/>'
    f'<path {_LINE} d="M94 38V24a26 20 0 0 1 52 0v14M52 128h136"/><rect x="76" y="150" width="88" height="68" rx="10" {_GLASS}/>'
    f'<path {_ACCENT} d="M92 92h56M120 150v20"/>'
)
_RACKET = (
    '<ellipse cx="142" cy="88" rx="62" ry="72" transform="rotate(38 142 88)" fill="#fff" fill-opacity=".82"/>'
    f'<path {_LINE} stroke-width="18" d="M96 146L32 212"/><path {_ACCENT} d="M104 52l76 76M126 36l64 64M96 84l60 60M116 132l68-84M92 104l56-70"/>'
)
_HELMET = (
    '<path d="M22 146a98 100 0 0 1 196 0v12H22z"/>'
    f'<path {_LINE} d="M48 158c10 40 40 56 70 58M120 46v112"/><path {_ACCENT} d="M70 78v60M170 78v60M96 62v50M144 62v50"/>'
)
_PUZZLE = (
    '<path d="M34 80h52a24 24 0 1 1 44 0h52v52a24 24 0 1 1 0 44v42H130a24 24 0 1 0-44 0H34v-52a24 24 0 1 0 0-44z"/>'
    f'<path {_ACCENT} d="M70 118h28M70 142h50"/>'
)
_CAR = (
    '<path d="M20 130l30-8 24-46h84l34 46 28 10v44H20z"/>'
    f'<path d="M88 88h30v32H72zM130 88h22l24 32h-46z" {_GLASS}/><circle cx="70" cy="178" r="26"/><circle cx="172" cy="178" r="26"/>'
    '<circle cx="70" cy="178" r="9" fill="currentColor"/><circle cx="172" cy="178" r="9" fill="currentColor"/>'
)
_TRAIN = (
    '<path d="M28 92h96V40h84v132H28z"/>'
    f'<rect x="140" y="58" width="50" height="42" {_GLASS}/><path {_LINE} d="M52 92V54h28v38M14 206h212"/>'
    '<circle cx="68" cy="182" r="22"/><circle cx="168" cy="182" r="22"/>'
    f'<path {_ACCENT} d="M44 132h60"/>'
)
_DICE = (
    '<rect x="24" y="90" width="120" height="120" rx="18"/><path d="M108 66l74-42 40 78-60 56V90z"/>'
    '<circle cx="56" cy="122" r="9" fill="currentColor"/><circle cx="112" cy="178" r="9" fill="currentColor"/>'
    '<circle cx="84" cy="150" r="9" fill="currentColor"/><circle cx="176" cy="66" r="8" fill="currentColor"/>'
)
_KITE = (
    f'<path d="M130 14l72 72-94 94-50-94z"/><path {_LINE} d="M130 14L108 180M58 86l144 0"/>'
    f'<path {_ACCENT} d="M108 180c-30 10-10 34-44 40M84 196l-16-14M76 222l-20-8"/>'
)
_BRICKS = (
    '<rect x="24" y="130" width="96" height="80" rx="4"/><rect x="120" y="130" width="96" height="80" rx="4"/>'
    f'<rect x="72" y="50" width="96" height="80" rx="4" {_GLASS}/>'
    f'<path {_LINE} d="M40 130v-14h24v14M176 130v-14h24v14M88 50V36h22v14M130 50V36h22v14"/><path {_ACCENT} d="M96 90h48"/>'
)
_PLANT = (
    '<path d="M62 140h116l-14 76H76z"/><path d="M50 128h140v18H50z"/>'
    '<path d="M120 128C60 112 52 60 58 36c44 6 66 40 62 92z"/><path d="M120 128c-4-46 18-76 62-86 6 40-10 78-62 86z"/>'
    f'<path {_ACCENT} d="M120 126C112 96 96 70 78 56M120 126c6-28 24-48 42-60"/>'
)
_BARBECUE = (
    '<path d="M30 96h180a90 70 0 0 1-180 0z"/>'
    f'<path {_LINE} d="M84 158l-30 60M156 158l30 60M120 166v30"/><path d="M44 84a76 44 0 0 1 152 0z"/>'
    f'<path {_ACCENT} d="M92 28c-8-10 8-14 0-24M120 28c-8-10 8-14 0-24M148 28c-8-10 8-14 0-24"/>'
)
_MOWER = (
    f'<path {_LINE} stroke-width="10" d="M206 24L150 140"/><path d="M36 132h120l30 44H24z"/><path d="M66 102h60v30H66z"/>'
    '<circle cx="64" cy="184" r="26"/><circle cx="162" cy="184" r="26"/><circle cx="64" cy="184" r="8" fill="currentColor"/>'
    '<circle cx="162" cy="184" r="8" fill="currentColor"/>'
)
_HOUSE = (
    '<path d="M120 22l96 78H24z"/><path d="M48 100h144v108H48z"/>'
    f'<circle cx="120" cy="146" r="26" {_GLASS}/><path {_ACCENT} d="M120 186v16M96 72h48"/>'
)
_HOSE = (
    f'<circle {_LINE} stroke-width="16" cx="108" cy="132" r="72"/><circle {_LINE} stroke-width="14" cx="108" cy="132" r="42"/>'
    f'<path {_ACCENT} stroke-width="14" d="M180 132V40h40"/>'
)
_SPADE = (
    f'<path {_LINE} stroke-width="14" d="M120 40v96"/><path d="M88 22h64v22H88z"/><path d="M74 128h92v40c0 30-26 48-46 54-20-6-46-24-46-54z"/>'
    f'<path {_ACCENT} d="M120 150v44"/>'
)
_SEEDS = (
    '<path d="M52 24h136l10 192H42z"/>'
    f'<rect x="72" y="84" width="96" height="92" rx="8" {_GLASS}/><path {_LINE} d="M50 52h140"/>'
    f'<path {_ACCENT} d="M120 164v-32M120 138c-26-2-30-24-28-34 20 2 28 16 28 34zM120 132c20-4 28-20 26-30-18 4-26 14-26 30z"/>'
)
_PET_FOOD = (
    '<path d="M56 30h128l14 182H42z"/>'
    f'<path {_LINE} d="M54 58h132"/><circle cx="120" cy="138" r="46" {_GLASS}/>'
    '<ellipse cx="120" cy="150" rx="17" ry="14" fill="currentColor"/><circle cx="97" cy="130" r="8" fill="currentColor"/>'
    '<circle cx="112" cy="114" r="8" fill="currentColor"/><circle cx="130" cy="114" r="8" fill="currentColor"/><circle cx="144" cy="130" r="8" fill="currentColor"/>'
)
_BOWL = (
    '<path d="M20 118h200l-26 86H46z"/><ellipse cx="120" cy="118" rx="100" ry="26" fill="#fff" fill-opacity=".82"/>'
    f'<path {_ACCENT} d="M84 164h72M96 110c8-8 20-8 26 0M130 118c8-8 18-6 22 0"/>'
)
_LEASH = (
    f'<path {_LINE} stroke-width="12" d="M64 62c-50 60 30 60 60 96s60 20 60-20-50-40-60 0"/><rect x="46" y="18" width="44" height="56" rx="20" {_GLASS}/>'
    '<circle cx="184" cy="196" r="18" fill="currentColor"/>'
)
_AQUARIUM = (
    f'<rect x="22" y="40" width="196" height="150" rx="10" {_GLASS}/><path d="M22 110c30-18 50 14 82 0s60-14 114 0v70a10 10 0 0 1-10 10H32a10 10 0 0 1-10-10z"/>'
    '<path d="M92 148c24-28 56-22 66 0-10 22-42 28-66 0l-20 16v-32z" fill="currentColor"/>'
    f'<path {_LINE} d="M22 204h196"/>'
)

#: Products that look alike share a drawing.
KINDS: dict[str, str] = {
    "headphones": _HEADPHONES,
    "bike": _BIKE,
    "portable speaker": _SPEAKER,
    **dict.fromkeys(("smartwatch", "running watch"), _WATCH),
    **dict.fromkeys(("charger", "power bank", "external drive"), _CABLE),
    **dict.fromkeys(("television", "monitor"), _SCREEN),
    "earbuds": _EARBUDS,
    "tablet": _TABLET,
    "keyboard": _KEYBOARD,
    "mouse": _MOUSE,
    "printer": _PRINTER,
    **dict.fromkeys(("router", "docking station"), _BOX_DEVICE),
    **dict.fromkeys(("frying pan", "skillet", "air fryer"), _PAN),
    "knife": _KNIFE,
    **dict.fromkeys(("blender", "coffee grinder"), _BLENDER),
    **dict.fromkeys(("coffee maker", "espresso machine"), _COFFEE),
    "kettle": _KETTLE,
    "cutting board": _BOARD,
    **dict.fromkeys(("lamp", "solar lights"), _LAMP),
    "office chair": _CHAIR,
    "bookshelf": _SHELF,
    **dict.fromkeys(("bed linen", "comforter"), _BED),
    "candle": _CANDLE,
    **dict.fromkeys(("jacket", "parka", "hoodie", "shirt"), _JACKET),
    **dict.fromkeys(("jeans", "chinos"), _TROUSERS),
    **dict.fromkeys(("dress", "skirt"), _DRESS),
    "beanie": _BEANIE,
    "socks": _SOCKS,
    **dict.fromkeys(("ankle boots", "hiking boots", "rain boots"), _BOOTS),
    **dict.fromkeys(("sandals", "slippers"), _SANDALS),
    **dict.fromkeys(("face cream", "hair mask", "sunscreen", "face mask"), _TUBE),
    **dict.fromkeys(("lipstick", "mascara"), _LIPSTICK),
    "electric toothbrush": _BRUSH,
    "hair dryer": _DRYER,
    "tent": _TENT,
    **dict.fromkeys(("water bottle", "shampoo", "pet fountain"), _BOTTLE),
    **dict.fromkeys(("yoga mat", "sleeping bag", "carpet", "resistance bands"), _MAT),
    "backpack": _BACKPACK,
    "tennis racket": _RACKET,
    "bike helmet": _HELMET,
    "puzzle": _PUZZLE,
    "remote control car": _CAR,
    "train set": _TRAIN,
    **dict.fromkeys(("board game", "card game"), _DICE),
    "kite": _KITE,
    "building bricks": _BRICKS,
    "planter": _PLANT,
    "barbecue": _BARBECUE,
    "lawn mower": _MOWER,
    **dict.fromkeys(("bird house", "rabbit hutch"), _HOUSE),
    **dict.fromkeys(("garden hose", "jump rope"), _HOSE),
    "spade": _SPADE,
    **dict.fromkeys(("seeds", "potting soil"), _SEEDS),
    **dict.fromkeys(("cat food", "dog food", "cat litter"), _PET_FOOD),
    "pet bowl": _BOWL,
    **dict.fromkeys(("dog leash", "dog harness"), _LEASH),
    "aquarium": _AQUARIUM,
}
